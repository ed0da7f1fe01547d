#include "apps/lab/tell/log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "apps/lab/tell/log_event.h"
#include "apps/lab/words/hold.h"
#include "lively/nn/liveness/deciders.h"
#include "lively/nn/liveness/evidence_line.h"
#include "lively/tensor/reduce.h"
#include "lively/version.h"

namespace lively::lab {
namespace {

Json names(const std::vector<Verdict>& verdicts) {
  Json all = Json::array();
  for (const Verdict v : verdicts) all.push_back(name(v));
  return all;
}

[[noreturn]] void fail_file(const std::string& path) {
  fail<Error>("--log ", path, ": cannot be written: ", std::strerror(errno));
}

// The lines of the events that concern a run as a whole; tell_of_units has the others.
struct Teller {
  const Settings& s;
  const std::string& app;
  const Write& write;

  void operator()(const RunConfig& c) {
    Json layers = Json::array();
    for (const LayerConfig& l : c.layers) {
      Json layer = object({{"name", l.name}, {"shape", l.shape}, {"init", s.init}});
      if (l.bounds) {
        layer["bounds"] = {l.bounds->low, l.bounds->high};
      } else {
        layer["std"] = std::sqrt(l.target_variance);
      }
      layers.push_back(std::move(layer));
    }
    Json titles = Json::object();
    for (const auto& [path, title] : c.titles.all()) titles[path] = title;
    Json optimizer = object({{"name", s.optimizer}, {"lr", s.lr}});
    if (s.optimizer == "sgd")
      update(optimizer, {{"momentum", s.momentum}, {"nesterov", s.nesterov}});
    optimizer["weight_decay"] = s.weight_decay;
    if (s.eps > 0) optimizer["eps"] = s.eps;
    Json e = event("config",
        {{"app", app}, {"version", LIVELY_VERSION}, {"command", c.command},
            {"data", object({{"name", c.data_name}, {"source", c.data_source},
                         {"found", c.data_found}, {"classes", c.class_names},
                         {"train", c.train_samples}, {"test", c.test_samples},
                         {"features", c.box.low.numel()}, {"low", min(c.box.low).item()},
                         {"high", max(c.box.high).item()}, {"always_zero", c.box.always_zero}})},
            {"model", c.model}, {"network", c.network}, {"parameters", c.parameters},
            {"layers", layers}, {"titles", titles}, {"activation", s.activation}, {"norm", s.norm},
            {"loss", s.loss}, {"optimizer", optimizer}, {"batch_size", s.batch_size},
            {"epochs", s.epochs}, {"seed", s.seed}, {"threads", c.threads}, {"blas", c.blas},
            {"compiler", __VERSION__}});
    if (c.ranks > 1) e["ranks"] = c.ranks;
    if (!c.norm_over.empty()) e["norm_over"] = c.norm_over;
    write(e);
  }

  void operator()(const Resumed& r) {
    write(event("resume", {{"epoch", r.epoch}, {"step", r.step}, {"batch", r.batch}}));
  }

  void operator()(const PlantReport& p) {
    write(event("plant", {{"step", p.step}, {"code", p.code}, {"text", p.text}}));
  }

  void operator()(const Repaired& r) {
    Json layers = Json::array();
    for (const Operated& o : r.layers)
      if (!o.units.empty() || !o.refused.empty())
        layers.push_back(object({{"name", o.layer}, {"units", o.units},
            {"refused", o.refused.empty() ? Json(nullptr) : Json(o.refused)}}));
    write(event("repair",
        {{"epoch", r.epoch}, {"step", r.step}, {"setting", r.setting}, {"layers", layers}}));
  }

  void operator()(const StepMade& r) {
    Json e = event("train", {{"epoch", r.epoch}, {"step", r.step}});
    put(e, "loss", r.loss);
    put(e, "lr", r.lr);
    put(e, "gradient_norm", r.gradient_norm);
    put(e, "update_ratio", r.update_ratio);
    e["gradient_norms"] = rounded(r.gradient_norms);
    if (std::ranges::any_of(r.gradient_norms, [](double v) { return !std::isfinite(v); }))
      e["poisoned"] = true;
    write(e);
  }

  void operator()(const EpochEnded& r) {
    Json e = event("eval", {{"epoch", r.epoch}, {"step", r.step}});
    put(e, "train_loss", r.train_loss);
    put(e, "train_accuracy", r.train_accuracy);
    put(e, "test_loss", r.test.loss);
    put(e, "test_accuracy", r.test.accuracy);
    put(e, "test_accuracy_se", r.test.accuracy_se);
    put(e, "samples_per_s", r.samples_per_s);
    write(e);
  }

  void operator()(const Confused& r) {
    write(event("confusion", {{"epoch", r.epoch}, {"step", r.step}, {"set", "test"},
                                 {"classes", r.classes}, {"counts", r.counts}}));
  }

  void operator()(const Warning& w) {
    write(event("warning", {{"code", w.code}, {"text", w.text}}));
  }

  void operator()(const Ended& f) {
    const Outcome& o = f.outcome;
    if (o.interrupted) return;  // nothing was decided
    write(read_back(evidence_line(o.evidence)));
    Json e = event("final", {{"epochs", o.epochs}, {"steps", o.steps}, {"seconds", o.seconds}});
    put(e, "test_accuracy", o.test.accuracy);
    put(e, "test_accuracy_se", o.test.accuracy_se);
    update(
        e, {{"units", o.life.units()}, {"dead", o.life.dead()}, {"born_dead", o.life.born_dead()},
               {"verdict", name(o.diagnosis.verdict)}, {"verdicts", names(o.diagnosis.all)},
               {"looked_for", names(o.diagnosis.looked_for)}, {"verdict_text", o.diagnosis.text},
               {"weights_hash", o.weights_hash}});
    Json decided = Json::array();
    for (const Decider& d : deciders(o.diagnosis, o.evidence)) {
      Json one = object({{"what", d.what}});
      put(one, "value", d.value);
      one["rule"] = d.rule;
      if (!d.counts.empty()) one["counts"] = d.counts;
      decided.push_back(std::move(one));
    }
    e["deciders"] = std::move(decided);
    if (const auto& best = o.best) {
      e["early_stop"] =
          object({{"stopped", best->stopped}, {"epoch", best->epoch}, {"test_loss", best->loss},
              {"test_accuracy", best->accuracy}, {"test_accuracy_se", best->accuracy_se}});
    }
    if (const auto& origin = o.evidence.non_finite) {
      e["poisoned"] = true;
      const auto told = [](const std::string& text) {
        return text.empty() ? Json(nullptr) : Json(text);
      };
      e["origin"] = object({{"step", origin->step}, {"where", origin->where},
          {"op", told(origin->op)}, {"layer", told(origin->layer)},
          {"sample", origin->sample < 0 ? Json(nullptr) : Json(origin->sample)}});
    }
    write(e);
  }

  void operator()(const RateTest& r) {
    Json steps = Json::array();
    for (const RateTest::Step& one : r.steps) steps.push_back({one.lr, one.loss, one.smoothed});
    write(event("rate_test", {{"steps", std::move(steps)}, {"lowest_at", r.lowest_at},
                                 {"suggested", r.suggested}, {"none", r.none}}));
  }

  void operator()(const Treated& t) {
    const auto told = [](const Tried& one) {
      Json j = object({{"change", one.change}});
      put(j, "accuracy", one.accuracy);
      update(j, {{"steps", one.steps}, {"train", one.train}, {"test", one.test},
                    {"diverged", one.diverged}, {"learned", one.learned}});
      return j;
    };
    Json e = event("treatment"), tried = Json::array();
    for (const Tried& one : t.tried) tried.push_back(told(one));
    e["tried"] = std::move(tried);
    e["cure"] = t.cure ? told(*t.cure) : Json(nullptr);
    e["nearest"] = t.nearest ? told(*t.nearest) : Json(nullptr);
    e["verdict"] = t.verdict ? Json(name(*t.verdict)) : Json(nullptr);
    update(e, {{"confirmed", t.confirmed}, {"whole_run", t.whole_run}, {"command", t.command},
                  {"why", t.why}, {"none", t.none}});
    put(e, "bar", t.bar);
    put(e, "seconds", t.seconds);
    write(e);
  }

  void operator()(const Consulted& c) {
    Json questions = Json::array();
    for (const QuestionReport& q : c.questions) {
      Json arms = Json::array();
      for (const ArmReport& a : q.arms) {
        Json one = object({{"change", a.change}, {"command", a.command}, {"seeds", a.seeds},
            {"healed", a.healed}, {"diverged", a.diverged}});
        put(one, "accuracy", a.accuracy);
        put(one, "dead", a.dead);
        for (const auto& [key, value] :
            {std::pair{"effect", a.effect}, std::pair{"low", a.low}, std::pair{"high", a.high}})
          one[key] = or_null(value);
        arms.push_back(std::move(one));
      }
      questions.push_back(
          object({{"of", q.failed ? "failed" : "start"}, {"steps", q.steps}, {"whole", q.whole},
              {"test", q.test}, {"bar", q.bar}, {"none", q.none}, {"arms", std::move(arms)}}));
    }
    write(event("doctor",
        {{"budget", c.budget}, {"seconds", c.seconds}, {"questions", std::move(questions)},
            {"sentence", c.sentence}, {"change", c.change}, {"command", c.command},
            {"of", c.best_failed ? "failed" : "start"}}));
  }

  template <class Other>
  void operator()(const Other&) {}
};

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
      if (::ftruncate(file_->descriptor, file_->size) != 0) {
      }  // a pipe: nothing to take back
      errno = reason;
      fail_file(path_);
    }
    done += static_cast<std::size_t>(n);
  }
  file_->size += static_cast<off_t>(text.size());
}

void JsonLog::open() {
  file_ = std::make_unique<File>();
  // A run that goes on writes on, behind what it wrote before.
  const bool anew = settings_.resume.empty();
  file_->descriptor =
      ::open(path_.c_str(), O_WRONLY | O_CREAT | (anew ? 0 : O_APPEND) | O_CLOEXEC, 0644);
  if (file_->descriptor < 0) fail_file(path_);
  hold(file_->descriptor, "--log", path_);  // before what is another's would be cut off
  struct stat info {};
  if (::fstat(file_->descriptor, &info) != 0) fail_file(path_);
  if (anew && S_ISREG(info.st_mode) && ::ftruncate(file_->descriptor, 0) != 0) fail_file(path_);
  if (!anew) file_->size = info.st_size;
}

void JsonLog::on(const Event& event) {
  if (std::holds_alternative<RunConfig>(event)) open();
  const Write write_line = [this](const Json& line) { write(one_line(line)); };
  std::visit(Teller{settings_, app_, write_line}, event);
  tell_of_units(event, write_line);
}

}  // namespace lively::lab
