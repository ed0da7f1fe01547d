#include "apps/lab/doctor/patient.h"

#include <algorithm>

#include "apps/lab/recipe/flag_table.h"
#include "apps/lab/recipe/preset.h"
#include "apps/lab/recipe/saved_model.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

constexpr std::string_view kPreset = "--preset";

// Takes the name of a preset out of a line of flags; empty: there is none.
std::string take_preset(std::string& flags) {
  const std::string padded = " " + flags;
  const std::size_t at = padded.find(" --preset");
  if (at == std::string::npos) return "";
  const std::size_t from = at + kPreset.size();  // of the blank or = after it, in `flags`
  if (from >= flags.size() || (flags[from] != ' ' && flags[from] != '='))
    fail<ValueError>("--preset: needs NAME");
  const std::size_t begin = flags.find_first_not_of(' ', from + 1);
  if (begin == std::string::npos) fail<ValueError>("--preset: needs NAME");
  const std::size_t end = std::min(flags.find(' ', begin), flags.size());
  const std::string name = flags.substr(begin, end - begin);
  flags.erase(at, end - at);
  return name;
}

}  // namespace

bool is_recipe(std::string_view word, std::span<const std::string_view> own) {
  if (!word.starts_with("--")) return false;
  const std::size_t end = word.find_first_of(" =");
  if (end != word.npos && word[end] == ' ') return true;
  const std::string_view name = word.substr(0, end);
  if (std::ranges::find(own, name) != own.end()) return false;
  const auto flag = std::ranges::find(flag_table(), name, &Flag::name);
  if (name != kPreset && flag == flag_table().end()) return false;
  if (name == kPreset ? end != word.npos : end == word.npos && flag->value.empty()) return true;
  fail<ValueError>(name, ": is a flag of the recipe, which is one text: \"", name, " ",
      name == kPreset ? "NAME" : flag->value, "\"");
}

Settings recipe_of_command(const std::string& command) {
  std::string flags = command.substr(std::min(command.find_first_not_of(' '), command.size()));
  Architecture architecture = Architecture::mlp;
  if (!flags.starts_with("--")) {
    const std::size_t end = std::min(flags.find(' '), flags.size());
    const std::string word = flags.substr(0, end), program = word.substr(word.rfind('/') + 1);
    if (program == program_name(Architecture::resnet)) {
      architecture = Architecture::resnet;
    } else if (program != program_name(Architecture::mlp)) {
      fail<ValueError>(command.empty() ? "nothing" : command,
          ": is no file, and no command of mnist_mlp or mnist_resnet (\"--lr 1 --depth 3\")");
    }
    flags.erase(0, end);
  }
  Settings s = default_settings(architecture);
  if (const std::string preset = take_preset(flags); !preset.empty()) {
    try {
      apply_preset(preset, s);
    } catch (const ValueError& e) {
      fail<ValueError>("--preset ", e.what());
    }
  }
  parse_flags(flags, s);
  return without_files(s);
}

Patient patient_of_checkpoint(const std::string& path) {
  constexpr std::string_view kWeights = ".safetensors";
  const std::string checkpoint = path.ends_with(kWeights) ? checkpoint_beside(path) : path;
  return {without_files(settings_of_checkpoint(checkpoint)), checkpoint};
}

}  // namespace lively::lab
