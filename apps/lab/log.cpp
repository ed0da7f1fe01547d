#include "apps/lab/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "lively/version.h"

namespace lively::lab {

using Json = nlohmann::ordered_json;

namespace {

constexpr int kSchema = 1;

// JSON has no NaN: null, and a flag beside it.
void put(Json& event, const char* key, double value) {
  if (std::isfinite(value)) {
    event[key] = value;
  } else {
    event[key] = nullptr;
    event["poisoned"] = true;
  }
}

Json event(const char* type) { return {{"schema", kSchema}, {"type", type}}; }

template <class E>
[[noreturn]] void fail_file(const std::string& path) {
  fail<E>("--log ", path, ": cannot be written: ", std::strerror(errno));
}

}  // namespace

struct JsonLog::File {
  int descriptor = -1;
  off_t size = 0;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
};

JsonLog::JsonLog(std::string path, std::string app, const Settings& settings)
    : path_(std::move(path)), app_(std::move(app)), settings_(settings) {}
JsonLog::~JsonLog() = default;

void JsonLog::check_writable() const {
  struct stat info {};
  const bool exists = ::stat(path_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) errno = EISDIR;
  if (exists && (S_ISDIR(info.st_mode) || ::access(path_.c_str(), W_OK) != 0))
    fail_file<ValueError>(path_);
  if (exists) return;
  const auto slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path_.substr(0, slash);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) fail_file<ValueError>(path_);
}

void JsonLog::write(const std::string& line) {
  const std::string text = line + "\n";
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(file_->descriptor, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int reason = errno;
      if (::ftruncate(file_->descriptor, file_->size) != 0) {}  // a pipe: nothing to take back
      errno = reason;
      fail_file<Error>(path_);
    }
    done += static_cast<std::size_t>(n);
  }
  file_->size += static_cast<off_t>(text.size());
}

void JsonLog::started(const RunConfig& c) {
  file_ = std::make_unique<File>();
  file_->descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file_->descriptor < 0) fail_file<Error>(path_);
  const Settings& s = settings_;
  Json layers = Json::array();
  for (const LayerConfig& l : c.layers) {
    Json layer{{"name", l.name}, {"shape", l.shape}, {"init", s.init}};
    if (l.bounds) {
      layer["bounds"] = {l.bounds->low, l.bounds->high};
    } else {
      layer["std"] = std::sqrt(l.target_variance);
    }
    layers.push_back(std::move(layer));
  }
  Json optimizer{{"name", s.optimizer}, {"lr", s.lr}};
  if (s.optimizer == "sgd") optimizer.update({{"momentum", s.momentum}, {"nesterov", s.nesterov}});
  optimizer["weight_decay"] = s.weight_decay;
  Json e = event("config");
  e.update({{"app", app_}, {"version", LIVELY_VERSION}, {"command", c.command},
            {"data", {{"source", c.data_source}, {"train", c.train_samples}, {"test", c.test_samples}}},
            {"model", c.model}, {"parameters", c.parameters}, {"layers", layers},
            {"activation", s.activation}, {"norm", "none"}, {"loss", s.loss}, {"optimizer", optimizer},
            {"batch_size", s.batch_size}, {"epochs", s.epochs}, {"seed", s.seed}, {"threads", c.threads},
            {"blas", c.blas}, {"compiler", __VERSION__}});
  write(e.dump());
}

void JsonLog::stepped(const StepReport& r) {
  Json e = event("train");
  e.update({{"epoch", r.epoch}, {"step", r.step}});
  put(e, "loss", r.loss);
  put(e, "lr", r.lr);
  put(e, "gradient_norm", r.gradient_norm);
  put(e, "update_ratio", r.update_ratio);
  write(e.dump());
}

void JsonLog::epoch_ended(const EpochReport& r) {
  Json e = event("eval");
  e.update({{"epoch", r.epoch}, {"step", r.step}});
  put(e, "train_loss", r.train_loss);
  put(e, "train_accuracy", r.train_accuracy);
  put(e, "test_loss", r.test.loss);
  put(e, "test_accuracy", r.test.accuracy);
  put(e, "test_accuracy_se", r.test.accuracy_se);
  put(e, "samples_per_s", r.samples_per_s);
  write(e.dump());
}

void JsonLog::counted(const LivenessReport& r) {
  Json e = event("liveness");
  e.update({{"epoch", r.epoch}, {"step", r.step}, {"set", r.set}, {"mode", r.mode},
            {"units", r.life->units()}, {"dead", r.life->dead()}});
  Json layers = Json::array();
  const auto& lives = r.life->layers();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const LayerLife& l = lives[i];
    Json layer{{"name", l.name}, {"units", l.units}, {"dead", l.dead}, {"lasting", l.lasting},
               {"born_dead", l.born_dead}, {"died", l.died}, {"revived", l.revived},
               {"pinned", l.pinned}, {"linear", l.linear}, {"zero_activations", l.zero_activations}};
    layer["zero_gradients"] = i < r.zero_gradients.size() ? Json(r.zero_gradients[i]) : Json(nullptr);
    if (l.poisoned) layer["poisoned"] = true;
    layers.push_back(std::move(layer));
  }
  e["layers"] = std::move(layers);
  write(e.dump());
}

void JsonLog::warned(const std::string& code, const std::string& text) {
  Json e = event("warning");
  e.update({{"code", code}, {"text", text}});
  write(e.dump());
}

void JsonLog::finished(const Outcome& o) {
  Json e = event("final");
  e.update({{"epochs", o.epochs}, {"steps", o.steps}, {"seconds", o.seconds}});
  put(e, "test_accuracy", o.test.accuracy);
  put(e, "test_accuracy_se", o.test.accuracy_se);
  e.update({{"units", o.life.units()}, {"dead", o.life.dead()}, {"born_dead", o.life.born_dead()},
            {"verdict", name(o.diagnosis.verdict)}, {"verdict_text", o.diagnosis.text},
            {"weights_hash", o.weights_hash}});
  if (o.diverged()) e["poisoned"] = true;
  write(e.dump());
}

}  // namespace lively::lab
