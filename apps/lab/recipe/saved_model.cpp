#include "apps/lab/recipe/saved_model.h"

#include <charconv>
#include <cmath>

#include "apps/lab/recipe/flag_table.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr const char* kFormat = "1";
constexpr std::string_view kEnding = ".checkpoint";

const std::string& text_of(
    const Safetensors& file, const std::string& path, const std::string& name) {
  const auto found = file.metadata.find(name);
  if (found == file.metadata.end())
    fail<DataError>(path, ": says no ", name, ": was it written by Lively?");
  return found->second;
}

// Whose flags: a run that goes on is believed all of them, a model its network's.
enum class Of : bool { run, network };

Settings get_settings(const Safetensors& file, const std::string& path, Of of) {
  if (const std::string& format = text_of(file, path, "lively.format"); format != kFormat)
    fail<DataError>(path, ": format ", format, "; this Lively reads ", kFormat);
  const std::string& program = text_of(file, path, "lively.program");
  Architecture architecture = Architecture::mlp;
  if (program == program_name(Architecture::resnet)) {
    architecture = Architecture::resnet;
  } else if (program != program_name(Architecture::mlp)) {
    fail<DataError>(path, ": written by ", program, "; needs mnist_mlp or mnist_resnet");
  }
  Settings settings = default_settings(architecture);
  const std::string& flags = text_of(file, path, "lively.flags");
  for (std::size_t at = 0; at < flags.size();) {
    const std::size_t end = std::min(flags.find('\n', at), flags.size());
    const std::string line = flags.substr(at, end - at), name = line.substr(0, line.find('='));
    at = end + 1;
    bool known = false;
    for (const Flag& flag : flag_table()) {
      if (flag.name != name || flag.keeps == Flag::Keeps::never) continue;
      known = true;
      if (of == Of::network && !flag.of_network) continue;
      try {
        flag.read(settings, line.substr(std::min(name.size() + 1, line.size())));
      } catch (const ValueError& e) {
        fail<DataError>(path, ": ", name, " ", e.what());
      }
    }
    if (!known) fail<DataError>(path, ": flag ", name, ": unknown to this Lively");
  }
  return settings;
}

// "a\nb\n" -> a, b.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0, to; (to = text.find('\n', from)) != text.npos; from = to + 1)
    lines.push_back(text.substr(from, to - from));
  return lines;
}

std::string lines_text(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string numbers_text(const std::vector<double>& values) {
  std::string text;
  for (const double v : values) text += number(v) + "\n";
  return text;
}

// As many numbers as a sample has, or none.
std::vector<double> numbers_of(const Safetensors& file, const std::string& path, const Task& task,
    const std::string& name, double above) {
  std::vector<double> values;
  const auto text = file.metadata.find(name);
  if (text == file.metadata.end()) return values;
  for (const std::string& line : lines_of(text->second)) {
    double v = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), v);
    if (error != std::errc() || stop != line.data() + line.size() || !std::isfinite(v) ||
        !(v > above))
      fail<DataError>(path, ": ", name, ": number ", values.size() + 1, " is not finite",
          above >= 0 ? " and above 0" : "");
    values.push_back(v);
  }
  if (static_cast<int64_t>(values.size()) != task.sample.numel())
    fail<DataError>(path, ": ", name, ": ", values.size(), " numbers for samples of ", task.sample);
  return values;
}

// Files of before these were written have pixels.
DataForm get_form(const Safetensors& file, const std::string& path, const Task& task) {
  const auto text = [&](const char* name) {
    const auto found = file.metadata.find(name);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  DataForm form{.pixels = text("lively.inputs") != "numbers", .classes = task.names};
  form.columns = lines_of(text("lively.columns"));
  form.scaling.mean = numbers_of(file, path, task, "lively.mean", -HUGE_VAL);
  form.scaling.scale = numbers_of(file, path, task, "lively.scale", 0);
  if (form.scaling.mean.size() != form.scaling.scale.size())
    fail<DataError>(path, ": lively.mean and lively.scale: needs both or neither");
  if (!form.columns.empty() && static_cast<int64_t>(form.columns.size()) != task.sample.numel())
    fail<DataError>(
        path, ": lively.columns: ", form.columns.size(), " names for samples of ", task.sample);
  return form;
}

Task get_task(const Safetensors& file, const std::string& path) {
  Task task;
  const auto number = [&](const char*& at, const char* end, char after) {
    int64_t v = 0;
    const auto [stop, error] = std::from_chars(at, end, v);
    if (error != std::errc() || v < 1 || v > 1 << 20 ||
        (after && (stop == end || *stop != after)) || (!after && stop != end))
      fail<DataError>(path, ": lively.input or lively.classes: is not of the form 1x28x28 and 10");
    at = stop + (after ? 1 : 0);
    return v;
  };
  const std::string &input = text_of(file, path, "lively.input"),
                    &classes = text_of(file, path, "lively.classes");
  const char *at = input.data(), *end = at + input.size();
  const int64_t c = number(at, end, 'x'), h = number(at, end, 'x'), w = number(at, end, 0);
  task.sample = Shape{c, h, w};
  at = classes.data();
  task.classes = number(at, at + classes.size(), 0);
  task.names = lines_of(text_of(file, path, "lively.class_names"));
  const auto background = file.metadata.find("lively.background");
  task.light = background != file.metadata.end() && background->second == "light";
  if (static_cast<int64_t>(task.names.size()) != task.classes)
    fail<DataError>(
        path, ": lively.class_names: ", task.names.size(), " names for ", task.classes, " classes");
  task.form = get_form(file, path, task);
  return task;
}

// A file that names a network larger than itself is refused before memory is taken for it.
void check_room(
    const Settings& s, const Task& task, const Safetensors& file, const std::string& path) {
  double held = 0;
  for (const auto& [name, tensor] : file.tensors) held += static_cast<double>(tensor.numel());
  const double width = static_cast<double>(s.width);
  const double inputs = static_cast<double>(inputs_of(s, task.sample)),
               classes = static_cast<double>(task.classes);
  const double least =
      s.architecture == Architecture::resnet
          ? 9 * width * (16 * width + static_cast<double>(task.sample[0])) + 4 * width * classes
          : (s.depth - 1) * width * width + width * (inputs + classes);
  if (least > held)
    fail<DataError>(path, ": holds ", static_cast<int64_t>(held),
        " numbers, fewer than a network of --depth ", s.depth, " --width ", s.width, " has");
}

}  // namespace

std::string checkpoint_beside(const std::string& save) {
  return save.substr(0, save.size() - std::string_view(".safetensors").size()) +
         std::string(kEnding);
}

void put_settings(Safetensors& to, const Settings& settings, const Task& task) {
  std::string flags;
  for (const Flag* flag : typed(settings))
    if (flag->keeps != Flag::Keeps::never) flags += flag->name + "=" + flag->say(settings) + "\n";
  to.metadata["format"] = "pt";
  to.metadata["lively.format"] = kFormat;
  to.metadata["lively.program"] = program_name(settings.architecture);
  to.metadata["lively.flags"] = flags;
  to.metadata["lively.input"] = message(task.sample[0], "x", task.sample[1], "x", task.sample[2]);
  to.metadata["lively.classes"] = std::to_string(task.classes);
  if (task.light) to.metadata["lively.background"] = "light";
  to.metadata["lively.class_names"] = lines_text(task.names);
  to.metadata["lively.inputs"] = task.form.pixels ? "pixels" : "numbers";
  if (!task.form.columns.empty()) to.metadata["lively.columns"] = lines_text(task.form.columns);
  if (task.form.scaling.empty()) return;
  to.metadata["lively.mean"] = numbers_text(task.form.scaling.mean);
  to.metadata["lively.scale"] = numbers_text(task.form.scaling.scale);
}

Settings settings_of_checkpoint(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  Settings settings = get_settings(file, path, Of::run);
  check_room(settings, get_task(file, path), file, path);
  if (path.ends_with(kEnding))
    settings.save = path.substr(0, path.size() - kEnding.size()) + ".safetensors";
  return settings;
}

Task task_of_checkpoint(const std::string& path) { return get_task(read_safetensors(path), path); }

Settings settings_of_checkpoint(const std::string& path, Architecture architecture) {
  const Settings settings = settings_of_checkpoint(path);
  if (settings.architecture != architecture)
    fail<DataError>(path, ": is a run of ", program_name(settings.architecture), ", not of ",
        program_name(architecture));
  return settings;
}

SavedModel load_model(const std::string& path) {
  const Safetensors file = read_safetensors(path);
  if (file.tensors.contains("position.epochs"))
    fail<DataError>(path,
        ": is a checkpoint, to go on from; the weights are in the .safetensors file beside it");
  SavedModel saved{get_settings(file, path, Of::network), get_task(file, path), nullptr};
  check_room(saved.settings, saved.task, file, path);
  saved.model = build_model(saved.settings, saved.task);
  StateDict state;
  for (const auto& [name, tensor] : file.tensors) state.push_back({name, tensor});
  try {
    saved.model->load_state_dict(state);
  } catch (const Error& e) {
    fail<DataError>(path, ": ", e.what());
  }
  saved.model->eval();
  return saved;
}

}  // namespace lively::lab
