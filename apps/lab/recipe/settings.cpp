#include "apps/lab/recipe/settings.h"

#include <algorithm>
#include <cstdint>

#include "apps/lab/recipe/flag_table.h"
#include "lively/data/safetensors.h"
#include "lively/tensor/error.h"
#include "lively/tensor/spec.h"

namespace lively::lab {

std::string quoted(const std::string& value) {
  const bool plain =
      !value.empty() &&
      value.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/=+") ==
          std::string::npos;
  if (plain) return value;
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

namespace {

// The words of a line, as a shell takes it apart: blanks, '…' and \ are all that quoted() needs.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false, in_quotes = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!in_quotes && (c == ' ' || c == '\n')) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back(), in_word = true;
    if (c == '\'') {
      in_quotes = !in_quotes;
    } else if (c == '\\' && !in_quotes && i + 1 < line.size()) {
      words.back() += line[++i];
    } else {
      words.back() += c;
    }
  }
  if (in_quotes) fail<ValueError>(line, ": a quotation that does not end");
  return words;
}

}  // namespace

Settings default_settings(Architecture architecture) {
  Settings s;
  s.architecture = architecture;
  if (architecture == Architecture::resnet) {
    s.depth = 20;
    s.width = 16;
    s.norm = "batch";
    s.residual = "add";
    s.lr = 0.1;
    s.weight_decay = 1e-4;
    s.schedule = "cosine";
    s.epochs = 2;
  }
  return s;
}

std::string program_name(Architecture architecture) {
  return architecture == Architecture::resnet ? "mnist_resnet" : "mnist_mlp";
}

std::vector<const Flag*> difference(const Settings& a, const Settings& b) {
  std::vector<const Flag*> flags;
  for (const Flag& flag : flag_table())
    if (flag.say(a) != flag.say(b)) flags.push_back(&flag);
  return flags;
}

Settings without_files(Settings s) {
  const Settings defaults = default_settings(s.architecture);
  for (const Flag& flag : flag_table())
    if (flag.keeps == Flag::Keeps::never) flag.assign(s, defaults);
  return s;
}

std::vector<const Flag*> typed(const Settings& settings) {
  Settings untyped = default_settings(settings.architecture);
  if (settings.quick) untyped.epochs = kQuickEpochs;
  return difference(settings, untyped);
}

std::string flags_of(const Settings& settings) {
  std::string line;
  for (const Flag* flag : typed(settings)) {
    line += (line.empty() ? "" : " ") + flag->name;
    if (!flag->value.empty()) line += " " + quoted(flag->say(settings));
  }
  return line;
}

void parse_flags(std::string_view line, Settings& settings) {
  std::vector<std::string> words = words_of(line);
  std::stable_partition(
      words.begin(), words.end(), [](const std::string& w) { return w == "--quick"; });
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto flag = std::ranges::find(flag_table(), words[i], &Flag::name);
    if (flag == flag_table().end()) fail<ValueError>(words[i], ": no such flag");
    std::string value = "true";
    if (!flag->value.empty()) {
      if (i + 1 == words.size()) fail<ValueError>(words[i], ": needs ", flag->value);
      value = words[++i];
    }
    try {
      flag->read(settings, value);
    } catch (const ValueError& e) {
      fail<ValueError>(flag->name, " ", e.what());
    }
  }
}

std::string command_of(const Settings& settings) {
  const std::string flags = flags_of(settings);
  return "./apps/" + program_name(settings.architecture) + (flags.empty() ? "" : " " + flags);
}

void check(const Settings& s) {
  if (s.replay && s.liveness != Liveness::step)
    fail<ValueError>("--replay: needs --liveness step, which keeps every step");
  if (s.live && s.report.empty())
    fail<ValueError>("--live: needs --report FILE.html, the page that is to follow the run");
  if (s.eps > 0 && s.optimizer == "sgd")
    fail<ValueError>(
        "--eps ", s.eps, ": is not for sgd, which divides by nothing (--optimizer adam)");
  const bool resnet = s.architecture == Architecture::resnet;
  if (resnet && s.norm == "batch_after")
    fail<ValueError>("--norm batch_after: a ResNet has batch or none");
  if (resnet && s.plain && s.residual != default_settings(s.architecture).residual)
    fail<ValueError>("--residual ", s.residual, ": --plain leaves no shortcut to sum with");
  if (!resnet && s.norm != "none" && s.batch_size == 1)
    fail<ValueError>("--batch-size 1: --norm ", s.norm, " needs at least 2");
  if (s.seeds > 1 && !s.resume.empty())
    fail<ValueError>("--seeds ", s.seeds, ": --resume goes on with one run");
  if (s.seeds > 1 && s.live)
    fail<ValueError>("--seeds ", s.seeds, ": --live is the page of one run");
  if (s.seeds > 1 && s.find_lr) fail<ValueError>("--seeds ", s.seeds, ": --find-lr is one run");
  if (s.seeds > 1 && static_cast<uint64_t>(s.seeds - 1) > UINT64_MAX - s.seed)
    fail<ValueError>("--seeds ", s.seeds, ": --seed ", s.seed, " has not so many after it");
  if (s.find_lr && !s.save.empty())
    fail<ValueError>("--find-lr: trains no network that --save ", s.save, " could keep");
  if (s.find_lr && s.early_stop > 0)
    fail<ValueError>("--find-lr: has no epochs that --early-stop ", s.early_stop, " could end");
  if (s.find_lr && !s.fail_on.empty())
    fail<ValueError>("--find-lr: gives no verdict that --fail-on ", s.fail_on, " could name");
  if (s.find_lr && !s.resume.empty())
    fail<ValueError>("--find-lr: begins with the weights as drawn, and cannot --resume ", s.resume);
  if (!s.save.empty() && !is_utf8(s.data))
    fail<ValueError>("--data ", s.data, ": is not UTF-8, which the files of --save need");
  if (!s.save.empty() && !is_utf8(s.target))
    fail<ValueError>("--target: is not UTF-8, which the files of --save need; its number will do");
}

bool goes_together(const Settings& s) {
  try {
    check(s);
    return true;
  } catch (const ValueError&) {
    return false;
  }
}

}  // namespace lively::lab
