#include "apps/lab/program.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <vector>

#include "apps/lab/page/page.h"
#include "apps/lab/recipe/saved_model.h"
#include "apps/lab/run/training.h"
#include "apps/lab/tell/log.h"
#include "apps/lab/tell/screen.h"
#include "apps/lab/words/output_file.h"
#include "lively/data/safetensors.h"
#include "lively/tensor/threads.h"

namespace lively::lab {
namespace {

std::atomic<bool> g_interrupt{false};

// The first Ctrl-C ends the run after the step under way; the second ends the program.
void on_interrupt(int signal) {
  g_interrupt = true;
  std::signal(signal, SIG_DFL);
}

class Listeners final : public RunListener {
 public:
  void add(RunListener& l) { all_.push_back(&l); }
  void started(const RunConfig& x) override {
    for (auto* l : all_) l->started(x);
  }
  void resumed(const ResumeReport& x) override {
    for (auto* l : all_) l->resumed(x);
  }
  void planted(const PlantReport& x) override {
    for (auto* l : all_) l->planted(x);
  }
  void progressed(int64_t e, int64_t s, double v) override {
    for (auto* l : all_) l->progressed(e, s, v);
  }
  void stepped(const StepReport& x) override {
    for (auto* l : all_) l->stepped(x);
  }
  void epoch_ended(const EpochReport& x) override {
    for (auto* l : all_) l->epoch_ended(x);
  }
  void counted(const LivenessReport& x) override {
    for (auto* l : all_) l->counted(x);
  }
  void framed(const PlaneFrame& f, const ImageDataset* p) override {
    for (auto* l : all_) l->framed(f, p);
  }
  void portrayed(const UnitPortrait& x) override {
    for (auto* l : all_) l->portrayed(x);
  }
  void replayed(const Replay& x) override {
    for (auto* l : all_) l->replayed(x);
  }
  void foretold(const ProphecyReport& x) override {
    for (auto* l : all_) l->foretold(x);
  }
  void scored(const ScoreReport& x) override {
    for (auto* l : all_) l->scored(x);
  }
  void certified(const CertificateReport& x) override {
    for (auto* l : all_) l->certified(x);
  }
  void warned(const std::string& c, const std::string& t) override {
    for (auto* l : all_) l->warned(c, t);
  }
  void finished(const Outcome& x) override {
    for (auto* l : all_) l->finished(x);
  }

 private:
  std::vector<RunListener*> all_;
};

int run(Settings s) {
  if (!s.report.empty() && s.log.empty())
    s.log = s.report.substr(0, s.report.size() - 5) + ".jsonl";
  const std::string program = program_name(s.architecture);
  if (s.replay && s.liveness != Liveness::step)
    fail<ValueError>("--replay: needs --liveness step, which keeps every step");
  if (s.eps > 0 && s.optimizer == "sgd")
    fail<ValueError>(
        "--eps ", s.eps, ": is not for sgd, which divides by nothing (--optimizer adam)");
  if (s.threads > 0) set_threads(s.threads);
  JsonLog log(s.log, program, s);
  if (!s.log.empty()) check_writable("--log", s.log);
  if (!s.save.empty() && !is_utf8(s.data))
    fail<ValueError>("--data ", s.data, ": is not UTF-8, which the files of --save need");
  if (!s.save.empty()) check_writable("--save", s.save);
  if (!s.save.empty()) check_writable("--save", checkpoint_beside(s.save));
  if (!s.report.empty()) check_writable("--report", s.report);
  const DataSource source = find_data(s.data);
  DataSplits data = load_data(source);
  if (is_plane(data.train) && (s.architecture == Architecture::resnet || s.augment != "none"))
    fail<ValueError>("--data ", data.name, ": are points in the plane; ",
        s.augment != "none" ? "--augment needs pictures"
                            : "a ResNet needs pictures (mnist_mlp takes points)");
  if (s.quick) data.train = data.train.first(10000);
  const auto model = build_model(s, task_of(data));
  Screen screen(program, s);
  Listeners listeners;
  listeners.add(screen);
  if (!s.log.empty()) listeners.add(log);
  std::signal(SIGINT, on_interrupt);
  const Outcome outcome = run_training(*model, s, data,
      source.folder.empty() ? "the built-in generator" : source.folder, listeners, &g_interrupt);
  if (!s.report.empty()) {
    write_page_of_files(s.report, {s.log});
    std::printf("report    %s\n", s.report.c_str());
  }
  if (outcome.interrupted) return kInterrupted;
  return outcome.diverged() ? kDiverged : kGood;
}

}  // namespace

int report_errors(const std::string& program, const std::function<int()>& body) {
  const auto complain = [&](const char* text, int code) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", program.c_str(), text);
    return code;
  };
  try {
    return body();
  } catch (const DataError& e) {
    return complain(e.what(), kData);
  } catch (const ValueError& e) {
    return complain(e.what(), kUsage);
  } catch (const std::exception& e) {
    return complain(e.what(), kUnexpected);
  }
}

int run_program(Settings settings) {
  if (settings.quick) settings.epochs = std::min<int64_t>(settings.epochs, 2);
  return report_errors(program_name(settings.architecture), [&] { return run(settings); });
}

}  // namespace lively::lab
