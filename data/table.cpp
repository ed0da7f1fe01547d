#include "lively/data/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <new>
#include <optional>
#include <string_view>

#include "lively/data/csv_lines.h"
#include "lively/data/file.h"
#include "lively/tensor/spec.h"

namespace lively::detail {
namespace {

using Texts = std::vector<std::string>;

// Where the inputs and the class of a line stand.
struct Layout {
  bool header = false;
  int64_t line = 0;  // the first one
  Texts names{};     // of all columns; empty without a header
  std::vector<std::size_t> inputs{};
  std::vector<std::optional<WordColumn>> words{};  // of each of these; nullopt: it has numbers
  std::optional<std::size_t> target{};
  std::size_t cells = 0;
};

char separator_of(const std::string& path) {
  InputFile in(path, Unpack::gzip);
  std::string start(std::size_t{1} << 16, '\0');
  start.resize(static_cast<std::size_t>(in.read(start.data(), static_cast<int64_t>(start.size()))));
  const std::size_t begin = std::min(start.find_first_not_of("\r\n"), start.size());
  const std::string line = start.substr(begin, start.find('\n', begin) - begin);
  constexpr std::string_view kSeparators = ",;\t|";
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char separator : kSeparators) {
    bool quotes = false;
    std::ptrdiff_t count = 0;
    for (const char c : line) {
      quotes ^= c == '"';
      count += c == separator && !quotes;
    }
    if (count > most) best = separator, most = count;
  }
  return best;
}

std::from_chars_result read_number(std::string_view text, double& value) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  return std::from_chars(text.data(), text.data() + text.size(), value);
}

bool is_number(const std::string& text) {
  double value = 0;
  const auto [stop, error] = read_number(text, value);
  return error != std::errc::invalid_argument && stop == text.data() + text.size();
}

// "a, b, c", as many as a message has room for.
std::string listed(const Texts& names) {
  constexpr std::size_t kListed = 12;
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == kListed) return text + ", …";
    text += (i ? ", " : "") + names[i];
  }
  return text;
}

std::string choice(const Layout& layout) {
  const std::string numbers = message("a number from 1 to ", layout.cells);
  return layout.names.empty() ? numbers : listed(layout.names) + ", or " + numbers;
}

std::optional<std::size_t> column_named(const Layout& layout, const std::string& name) {
  const auto found = std::ranges::find(layout.names, name);
  if (found == layout.names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - layout.names.begin());
}

std::optional<std::size_t> find_target(
    const std::string& path, const Layout& layout, const TableWish& wish) {
  if (wish.target.empty()) {
    if (wish.needs_target)
      fail<ValueError>(
          path, ": which column has the classes? Say it with --target: ", choice(layout));
    return std::nullopt;
  }
  if (const auto named = column_named(layout, printable(wish.target))) return named;
  std::size_t number = 0;
  const char* end = wish.target.data() + wish.target.size();
  const auto [stop, error] = std::from_chars(wish.target.data(), end, number);
  if (error == std::errc() && stop == end && number >= 1 && number <= layout.cells)
    return number - 1;
  if (!wish.needs_target) return std::nullopt;
  const std::vector<std::string_view> known(layout.names.begin(), layout.names.end());
  const std::string_view meant = nearest(wish.target, known);
  fail<ValueError>("--target ", printable(wish.target), ": ", path, " has no such column",
      meant.empty() ? "; needs " + choice(layout) : message(", did you mean ", meant, "?"));
}

Layout layout_of(const std::string& path, int64_t line, const Texts& cells, const TableWish& wish) {
  Layout layout{.line = line, .cells = cells.size()};
  layout.header = std::ranges::none_of(cells, is_number) ||
                  (!is_number(wish.target) && std::ranges::find(cells, wish.target) != cells.end());
  if (layout.header)
    for (const std::string& name : cells) layout.names.push_back(printable(name));
  layout.target = find_target(path, layout, wish);
  const auto once = [&](std::size_t column) {  // is the name of no other column?
    const std::string& name = layout.names[column];
    if (std::ranges::count(layout.names, name) > 1)
      fail<DataError>(path, ": line ", grouped(line), ": has ", in_quotes(name), " more than once");
  };
  if (layout.header && layout.target) once(*layout.target);
  if (layout.header && !wish.columns.empty()) {
    for (const std::string& name : wish.columns) {
      const auto column = column_named(layout, name);
      if (!column) fail<DataError>(path, ": has no column ", in_quotes(name), ", which is needed");
      once(*column);
      layout.inputs.push_back(*column);
    }
    return layout;
  }
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (i != layout.target && !(layout.header && layout.names[i].empty())) {
      if (layout.header) once(i);
      layout.inputs.push_back(i);
    }
  if (layout.inputs.empty())
    fail<DataError>(
        path, ": line ", grouped(line), ": has 1 column; needs a class and at least one number");
  return layout;
}

[[noreturn]] void wrong(const std::string& path, int64_t line, std::size_t column,
    const Layout& layout, const std::string& what) {
  fail<DataError>(path, ": line ", grouped(line), ", column ",
      grouped(static_cast<int64_t>(column) + 1),
      layout.names.empty() ? "" : message(" (", layout.names[column], ")"), ": ", what);
}

double number_of(const std::string& path, int64_t line, std::size_t column, const Layout& layout,
    const std::string& cell) {
  double value = 0;
  if (!is_number(cell))
    wrong(path, line, column, layout,
        (cell.empty() ? std::string("an empty cell") : in_quotes(cell)) + " is no number" +
            (std::ranges::count(cell, ',') == 1 ? "; decimal commas are not read" : ""));
  const auto [stop, error] = read_number(cell, value);
  if (error != std::errc() || std::isinf(static_cast<float>(value)) || std::isnan(value))
    wrong(path, line, column, layout,
        in_quotes(cell) + (error == std::errc() && !std::isfinite(value)
                                  ? " is not finite"
                                  : " is out of float32's range"));
  return value;
}

// "1;0,12": a number as half of Europe writes it, and no word.
bool has_decimal_comma(std::string cell) {
  const std::size_t comma = cell.find(',');
  if (comma == cell.npos) return false;
  cell[comma] = '.';
  return is_number(cell);
}

// Which columns have words is known, or told by the first line of samples.
void find_words(
    const std::string& path, const Texts& cells, const TableWish& wish, Layout& layout) {
  layout.words.resize(layout.inputs.size());
  if (wish.words && !wish.words->empty() && wish.words->size() != layout.inputs.size())
    fail<DataError>(path, ": has ", grouped(static_cast<int64_t>(layout.inputs.size())),
        " columns beside the class; needs ", grouped(static_cast<int64_t>(wish.words->size())));
  for (std::size_t i = 0; i < layout.inputs.size(); ++i) {
    const std::string& cell = cells[layout.inputs[i]];
    if (wish.words) {
      if (!wish.words->empty() && !(*wish.words)[i].empty())
        layout.words[i].emplace((*wish.words)[i]);
    } else if (!cell.empty() && !is_number(cell) && !has_decimal_comma(cell)) {
      layout.words[i].emplace();
    }
  }
}

double word_of(const std::string& path, int64_t line, std::size_t column, const Layout& layout,
    WordColumn& words, const std::string& cell) {
  if (cell.empty())
    wrong(path, line, column, layout, "an empty cell in a column of words; needs a word");
  if (is_number(cell) && !words.known())
    wrong(path, line, column, layout,
        in_quotes(cell) + " is a number in a column of words; needs the one or the other");
  const auto number = words.number_of(cell);
  if (!number && words.known())
    wrong(path, line, column, layout,
        in_quotes(cell) + " is none of its words: " + listed(words.words()));
  if (!number)
    wrong(path, line, column, layout,
        message("has more than ", WordColumn::kMost, " words, ", in_quotes(cell),
            " the next; leave such a column out of the file"));
  return static_cast<double>(*number);
}

void put_inputs(const std::string& path, const Layout& layout, std::vector<double> values,
    int64_t rows, Samples& samples) {
  std::vector<const WordColumn*> columns;
  ColumnWords words;
  for (std::size_t i = 0; i < layout.words.size(); ++i) {
    const auto& of = layout.words[i];
    columns.push_back(of ? &*of : nullptr);
    words.push_back(of ? of->words() : std::vector<std::string>{});
    if (of && of->name_lines(rows))
      wrong(path, layout.line, layout.inputs[i], layout,
          message("has ", of->size(), " words in ", grouped(rows),
              " lines; leave such a column out of the file"));
  }
  if (word_inputs(words) > 0) {
    values = spread_words(values, columns);
    samples.words = std::move(words);
  }
  samples.inputs = Tensor::of(values, {rows, 1, 1, static_cast<int64_t>(values.size()) / rows});
}

}  // namespace

Samples read_table(const std::string& path, const TableWish& wish) {
  std::optional<Layout> layout;
  std::vector<double> values;
  Texts targets;
  int64_t rows = 0;
  try {
    each_csv_line(path, separator_of(path), [&](int64_t line, const Texts& cells) {
      if (!layout) {
        layout = layout_of(path, line, cells, wish);
        if (layout->header) return;
      }
      if (cells.size() != layout->cells)
        fail<DataError>(path, ": line ", grouped(line), ": has ",
            grouped(static_cast<int64_t>(cells.size())), cells.size() == 1 ? " column" : " columns",
            "; line ", grouped(layout->line), " has ",
            grouped(static_cast<int64_t>(layout->cells)));
      if (layout->words.empty()) find_words(path, cells, wish, *layout);
      for (std::size_t i = 0; i < layout->inputs.size(); ++i) {
        const std::size_t column = layout->inputs[i];
        auto& words = layout->words[i];
        values.push_back(words ? word_of(path, line, column, *layout, *words, cells[column])
                               : number_of(path, line, column, *layout, cells[column]));
      }
      if (layout->target) {
        targets.push_back(cells[*layout->target]);
        if (targets.back().empty())
          wrong(path, line, *layout->target, *layout, "an empty cell is no class");
      }
      ++rows;
    });
    if (rows == 0) fail<DataError>(path, ": has no line of numbers");
    Samples samples{.from = path};
    if (wish.columns.empty())
      samples.left_out =
          static_cast<int64_t>(layout->cells - layout->inputs.size()) - (layout->target ? 1 : 0);
    put_inputs(path, *layout, std::move(values), rows, samples);
    // Of a table without names those by number, where words are to be remembered.
    if (!layout->names.empty() || (wish.columns.empty() && !samples.words.empty()))
      for (const std::size_t column : layout->inputs)
        samples.columns.push_back(
            layout->names.empty() ? std::to_string(column + 1) : layout->names[column]);
    if (layout->target) {
      samples.from += message(", column ", layout->names.empty()
                                               ? grouped(static_cast<int64_t>(*layout->target) + 1)
                                               : layout->names[*layout->target]);
      name_classes(targets, samples);
    }
    return samples;
  } catch (const std::bad_alloc&) {
    fail<DataError>(path, ": no memory for more than ", grouped(rows), " lines");
  }
}

}  // namespace lively::detail
