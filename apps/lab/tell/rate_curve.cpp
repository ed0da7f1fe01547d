#include "apps/lab/tell/rate_curve.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/lab/run/find_rate.h"
#include "apps/lab/words/terminal.h"
#include "apps/lab/words/text.h"
#include "lively/tensor/spec.h"

namespace lively::lab {
namespace {

constexpr std::size_t kRows = 12, kLeft = 9;  // of the curve; columns beside it

// Where it stands between the lowest and the highest rate of the curve, from 0 to 1.
double place(double rate) {
  return std::log(rate / kLowestRate) / std::log(kHighestRate / kLowestRate);
}

}  // namespace

std::string rate_curve(const RateTest& test, std::size_t width) {
  if (test.steps.empty()) return "";
  const std::size_t across = std::max<std::size_t>(width, kLeft + 20) - kLeft;
  double low = test.steps[0].smoothed, high = low;
  for (const auto& s : test.steps) low = std::min({low, s.smoothed, s.loss});
  // Where the loss explodes is beyond the top: else all that matters would lie at the bottom.
  high += 0.5 * (high - low) + 1e-9;
  std::vector<std::vector<std::string>> cells(kRows, std::vector<std::string>(across, " "));
  const auto column = [&](double rate) {
    return static_cast<std::size_t>(std::lround(place(rate) * static_cast<double>(across - 1)));
  };
  const auto draw = [&](double rate, double loss, const char* with) {
    const double up = (loss - low) / (high - low) * static_cast<double>(kRows - 1);
    if (up > static_cast<double>(kRows) - 0.5) return;
    cells[kRows - 1 - static_cast<std::size_t>(std::lround(up))][column(rate)] = with;
  };
  for (const auto& s : test.steps) draw(s.lr, s.loss, "·");
  for (const auto& s : test.steps) draw(s.lr, s.smoothed, "━");
  std::string text;
  for (std::size_t r = 0; r < kRows; ++r) {
    const double loss =
        high - (high - low) * static_cast<double>(r) / static_cast<double>(kRows - 1);
    std::string line =
        pad_front(r % 4 == 0 || r + 1 == kRows ? compact(loss) : "", kLeft - 2) + " │";
    for (const std::string& cell : cells[r]) line += cell;
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  std::string axis, marks;
  for (double rate = kLowestRate; rate < kHighestRate * 2; rate *= 10) {
    const std::size_t at = column(rate);
    const std::string name = compact(rate);
    if (at + name.size() > across) break;
    axis += std::string(at - std::min(at, columns(axis)), ' ');
    if (columns(axis) == at) axis += name + " ";
  }
  text += std::string(kLeft - 1, ' ') + "└";
  for (std::size_t i = 0; i < across; ++i) text += "─";
  text += "\n" + std::string(kLeft, ' ') + axis.substr(0, axis.find_last_not_of(' ') + 1) + "\n";
  if (test.suggested > 0) text += std::string(kLeft + column(test.suggested), ' ') + "▲\n";
  return text;
}

void say_rate_test(const RateTest& test, const Settings& recipe) {
  std::printf("\n");
  say(message("loss (· of a batch, ━ its mean over ", kRateWindow,
      " steps) by learning rate, which rises over ", kRateSteps, " steps"));
  std::printf("%s", rate_curve(test, screen_width()).c_str());
  if (test.suggested == 0) return say(test.none);
  say(bold("Suggested: --lr " + number(test.suggested)) +
      ", at which the smoothed loss falls fastest (it is lowest at " + compact(test.lowest_at) +
      "), by a learning rate range test (Smith 2017). Try it:");
  Settings next = without_files(recipe);
  next.lr = test.suggested;
  say_command(command_of(next));
}

}  // namespace lively::lab
