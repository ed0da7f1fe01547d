#include "apps/lab/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "apps/lab/advice.h"
#include "apps/lab/base64.h"
#include "apps/lab/deciders.h"
#include "lively/tensor/reduce.h"
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

// A path need not be UTF-8; what is not is replaced.
std::string line_of(const Json& event) { return event.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json numbers(std::initializer_list<std::pair<const char*, double>> all) {
  Json object = Json::object();
  for (const auto& [key, value] : all) put(object, key, value);
  return object;
}

Json event(const char* type) { return {{"schema", kSchema}, {"type", type}}; }

// null where nothing is known; then "cause_unknown" says why.
Json cause_of(const Cause& c) {
  const auto text = [](const auto& v) { return v ? Json(name(*v)) : Json(nullptr); };
  Json e{{"where", text(c.where)}, {"upstream_layer", nullptr}, {"how_fast", text(c.how_fast)}, {"what", text(c.what)}};
  if (!c.upstream_layer.empty()) e["upstream_layer"] = c.upstream_layer;
  if (!c.where) return e;  // born
  const FallSplit& s = c.split;
  put(e, "fall", s.fall());
  e["shares"] = numbers({{"weights", s.weights}, {"bias", s.bias}, {"upstream", s.upstream}, {"norm", s.norm}});
  e["own"] = nullptr;
  if (c.own) e["own"] = numbers({{"gradient", c.own->gradient}, {"residue", c.own->residue}, {"decay", c.own->decay}});
  e.update({{"approximate", c.approximate}, {"sample", c.sample}});
  e.update(numbers({{"z_before", s.z_before}, {"z_after", s.z_after}, {"fall_of_max", c.fall_of_max}, {"lr", c.lr}, {"update_norm", c.update_norm}}));
  e.update({{"batch_sample", nullptr}, {"batch_sample_share", nullptr}});
  if (c.batch_sample) {
    e["batch_sample"] = *c.batch_sample;
    put(e, "batch_sample_share", c.batch_sample_share);
  }
  return e;
}

Json names(const std::vector<Verdict>& verdicts) {
  Json all = Json::array();
  for (const Verdict v : verdicts) all.push_back(name(v));
  return all;
}

[[noreturn]] void fail_file(const std::string& path) {
  fail<Error>("--log ", path, ": cannot be written: ", std::strerror(errno));
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
      fail_file(path_);
    }
    done += static_cast<std::size_t>(n);
  }
  file_->size += static_cast<off_t>(text.size());
}

void JsonLog::started(const RunConfig& c) {
  file_ = std::make_unique<File>();
  // A run that goes on writes on, behind what it wrote before.
  const int how = settings_.resume.empty() ? O_TRUNC : O_APPEND;
  file_->descriptor = ::open(path_.c_str(), O_WRONLY | O_CREAT | how | O_CLOEXEC, 0644);
  if (file_->descriptor < 0) fail_file(path_);
  struct stat info {};
  if (::fstat(file_->descriptor, &info) == 0) file_->size = info.st_size;
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
  if (s.eps > 0) optimizer["eps"] = s.eps;
  Json e = event("config");
  e.update({{"app", app_}, {"version", LIVELY_VERSION}, {"command", c.command},
            {"data", {{"source", c.data_source}, {"train", c.train_samples}, {"test", c.test_samples}, {"features", c.box.low.numel()},
                      {"low", min(c.box.low).item()}, {"high", max(c.box.high).item()}, {"always_zero", c.box.always_zero}}},
            {"model", c.model}, {"parameters", c.parameters}, {"layers", layers},
            {"activation", s.activation}, {"norm", s.architecture == Architecture::resnet ? "batch" : s.norm}, {"loss", s.loss}, {"optimizer", optimizer},
            {"batch_size", s.batch_size}, {"epochs", s.epochs}, {"seed", s.seed}, {"threads", c.threads},
            {"blas", c.blas}, {"compiler", __VERSION__}});
  write(line_of(e));
}

void JsonLog::resumed(const ResumeReport& r) {
  Json e = event("resume");
  e.update({{"epoch", r.epoch}, {"step", r.step}, {"batch", r.batch}});
  write(line_of(e));
}

void JsonLog::planted(const PlantReport& p) {
  Json e = event("plant");
  e.update({{"step", p.step}, {"code", p.code}, {"text", p.text}});
  write(line_of(e));
}

void JsonLog::stepped(const StepReport& r) {
  Json e = event("train");
  e.update({{"epoch", r.epoch}, {"step", r.step}});
  put(e, "loss", r.loss);
  put(e, "lr", r.lr);
  put(e, "gradient_norm", r.gradient_norm);
  put(e, "update_ratio", r.update_ratio);
  write(line_of(e));
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
  write(line_of(e));
}

void JsonLog::counted(const LivenessReport& r) {
  if (r.totals) write_totals(r);
  if (r.mode != "evaluation") return;  // of batches, an estimate
  if (r.totals) write_units(r);
  if (!r.changes) return;
  for (std::size_t i = 0; i < r.life->changes().size(); ++i) {
    const LifeChange& c = r.life->changes()[i];
    Json change = event(c.death ? "death" : "revival");
    change.update({{"epoch", r.epoch}, {"step", r.step}, {"after", r.after}, {"layer", r.life->layers()[c.layer].name}, {"unit", c.unit}});
    if (r.life->censuses() == 1) change["born"] = true;
    if (c.death && r.causes) {
      const Cause& cause = (*r.causes)[i];
      change["cause"] = cause.unknown.empty() ? cause_of(cause) : Json(nullptr);
      if (!cause.unknown.empty()) change["cause_unknown"] = cause.unknown;
    }
    write(line_of(change));
  }
}

void JsonLog::write_totals(const LivenessReport& r) {
  Json e = event("liveness");
  e.update({{"epoch", r.epoch}, {"step", r.step}, {"set", r.set}, {"mode", r.mode},
            {"units", r.life->units()}, {"dead", r.life->dead()},
            {"cut", r.mode == "evaluation" ? Json(r.cuts) : Json(nullptr)}});
  Json layers = Json::array();
  const auto& lives = r.life->layers();
  for (std::size_t i = 0; i < lives.size(); ++i) {
    const LayerLife& l = lives[i];
    Json layer{{"name", l.name}, {"units", l.units}, {"dead", l.dead}, {"lasting", l.lasting},
               {"born_dead", l.born_dead}, {"died", l.died}, {"revived", l.revived},
               {"died_lasting", l.died_lasting}, {"revived_lasting", l.revived_lasting}, {"pinned", l.pinned}, {"linear", l.linear}, {"zero_activations", l.zero_activations}};
    // What this census does not tell is null.
    const auto told = [](int64_t n) { return n < 0 ? Json(nullptr) : Json(n); };
    layer.update({{"dormant", told(l.dormant)}, {"starved", told(l.starved)}, {"saturated", told(l.saturated)},
                  {"numerically_pinned", told(l.numerically_pinned)}, {"borderline", told(l.borderline)}});
    layer["zero_gradients"] = i < r.zero_gradients.size() ? Json(r.zero_gradients[i]) : Json(nullptr);
    if (l.poisoned) layer["poisoned"] = true;
    layers.push_back(std::move(layer));
  }
  e["layers"] = std::move(layers);
  write(line_of(e));
}

void JsonLog::write_units(const LivenessReport& r) {
  for (std::size_t i = 0; i < r.life->layers().size(); ++i) {
    Json e = event("units"), rates = Json::array(), last = Json::array();
    for (const UnitLife& u : r.life->units_of(i)) {
      rates.push_back(std::round(u.rate * 1e4) / 1e4);
      last.push_back(u.last_fired);
    }
    e.update({{"epoch", r.epoch}, {"step", r.step}, {"set", r.set}, {"layer", r.life->layers()[i].name}, {"rates", rates}, {"last_fired", last}});
    write(line_of(e));
  }
}

void JsonLog::framed(const PlaneFrame& f, const ImageDataset* points) {
  if (points) {
    constexpr int64_t kMost = 1000;
    const int64_t n = std::min(points->size(), kMost);
    const auto xy = points->pixels().values<float>();
    Json all = Json::array();
    for (int64_t i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(2 * i);
      all.push_back({xy[at], xy[at + 1], points->labels().data<int64_t>()[i]});
    }
    Json e = event("points");
    e["points"] = std::move(all);
    write(line_of(e));
  }
  Json e = event("frame");
  e.update({{"step", f.step}, {"low", f.low}, {"high", f.high}, {"lines", Json::array()}});
  for (const auto& [w1, w2, b, dead] : f.lines) e["lines"].push_back({w1, w2, b, dead != 0 ? 1 : 0});
  e.update({{"width", f.side}, {"height", f.side}, {"field", base64(f.field)}});
  write(line_of(e));
}

void JsonLog::portrayed(const UnitPortrait& u) {
  Json e = event("unit"), pictures = Json::array();
  for (const GreyPicture& p : u.pictures)
    pictures.push_back({{"sample", p.sample}, {"label", p.label}, {"class", p.name}, {"chosen", p.chosen},
                        {"width", p.width}, {"height", p.height}, {"pixels", base64(p.pixels)}});
  e.update({{"layer", u.layer}, {"unit", u.unit}, {"why", u.why}, {"portrait", nullptr}});
  if (!u.portrait.pixels.empty()) {
    e["portrait"] = base64(u.portrait.pixels);
    e.update({{"portrait_width", u.portrait.width}, {"portrait_height", u.portrait.height}});
    put(e, "portrait_low", u.low);
    put(e, "portrait_high", u.high);
  }
  e["pictures"] = std::move(pictures);
  write(line_of(e));
}

void JsonLog::replayed(const Replay& r) {
  Json e = event("replay");
  e.update({{"step", r.step}, {"layer", r.layer}, {"unit", r.unit}, {"removed", r.removed}, {"lives", r.lives}});
  write(line_of(e));
}

void JsonLog::foretold(const ProphecyReport& r) {
  for (const Foretold& f : r.units) {
    Json e = event("prophecy");
    e.update({{"step", r.step}, {"layer", f.layer}, {"unit", f.unit}, {"kind", name(f.prophecy.fate)}, {"theorem", name(f.prophecy.ground)}});
    e["wakes_at"] = f.prophecy.fate == Fate::wakes_at ? Json(f.prophecy.wakes_at) : Json(nullptr);
    e["text"] = text(f.prophecy);
    write(line_of(e));
  }
}

void JsonLog::scored(const ScoreReport& r) {
  for (const Scored& s : r.units) {
    Json e = event("score");
    e.update({{"step", r.step}, {"layer", s.layer}, {"unit", s.unit}, {"kind", name(s.prophecy.fate)}, {"right", s.right}, {"text", s.text}});
    write(line_of(e));
  }
}

void JsonLog::certified(const CertificateReport& r) {
  for (const Coverage& c : r.layers) {
    Json e = event("certificate");
    e.update({{"step", r.step}, {"layer", c.layer}, {"method", c.method}, {"dead", c.dead}, {"certified", c.certified}});
    write(line_of(e));
  }
}

void JsonLog::warned(const std::string& code, const std::string& text) {
  Json e = event("warning");
  e.update({{"code", code}, {"text", text}});
  write(line_of(e));
}

void JsonLog::finished(const Outcome& o) {
  if (o.interrupted) return;  // nothing was decided
  Json e = event("final");
  e.update({{"epochs", o.epochs}, {"steps", o.steps}, {"seconds", o.seconds}});
  put(e, "test_accuracy", o.test.accuracy);
  put(e, "test_accuracy_se", o.test.accuracy_se);
  e.update({{"units", o.life.units()}, {"dead", o.life.dead()}, {"born_dead", o.life.born_dead()},
            {"verdict", name(o.diagnosis.verdict)}, {"verdicts", names(o.diagnosis.all)},
            {"looked_for", names(o.diagnosis.looked_for)}, {"verdict_text", o.diagnosis.text},
            {"weights_hash", o.weights_hash}});
  Json decided = Json::array();
  for (const Decider& d : deciders(o.diagnosis, o.evidence)) {
    Json one{{"what", d.what}};
    put(one, "value", d.value);
    one["rule"] = d.rule;
    decided.push_back(std::move(one));
  }
  e["deciders"] = std::move(decided);
  const std::vector<Advice> next = advice(o.diagnosis, settings_);
  if (!next.empty()) e["test_command"] = command_of(next.front().settings);
  if (const auto& origin = o.evidence.non_finite) {
    e["poisoned"] = true;
    const auto told = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
    e["origin"] = {{"step", origin->step}, {"where", origin->where}, {"op", told(origin->op)}, {"layer", told(origin->layer)},
                   {"sample", origin->sample < 0 ? Json(nullptr) : Json(origin->sample)}};
  }
  write(line_of(e));
}

}  // namespace lively::lab
