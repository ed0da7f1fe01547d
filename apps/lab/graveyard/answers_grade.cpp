// What somebody said of the runs of a graveyard, against what was proved.
#include <algorithm>
#include <map>

#include "apps/lab/cases/tally.h"
#include "apps/lab/graveyard/answers.h"
#include "apps/lab/words/text.h"

namespace lively::lab {
namespace {

enum class Fared : uint8_t { right, wrong, unsure };

struct Counts {
  int64_t right = 0, wrong = 0, unsure = 0;

  void add(Fared f) { ++(f == Fared::right ? right : f == Fared::wrong ? wrong : unsure); }
  int64_t n() const { return right + wrong + unsure; }
};

// Of several codes, one that is right is enough.
Fared fared(const Grave& g, const std::vector<std::string>& codes) {
  if (codes.empty() || codes.front() == "unsure") return Fared::unsure;
  const bool right =
      std::ranges::any_of(codes, [&](const std::string& code) { return g.is_right(code); });
  return right ? Fared::right : Fared::wrong;
}

constexpr std::size_t kName = 22, kNumber = 8;

std::string row_of_counts(const std::string& name, const Counts& c) {
  std::string text = "  " + pad(name, kName);
  for (const int64_t k : {c.right, c.wrong, c.unsure}) text += pad_front(thousands(k), kNumber);
  return text + "   " + Tally{c.right, c.n()}.text() + "\n";
}

std::string head(const std::string& name) {
  std::string text = pad(name, kName + 2);
  for (const char* word : {"right", "wrong", "unsure"}) text += pad_front(word, kNumber);
  return text + "   right, with its 95 % interval\n";
}

}  // namespace

std::string grade_said(const std::vector<Said>& said, const std::vector<Grave>& graves) {
  std::map<std::string, Counts> by_cause;
  Counts sick, healthy;
  struct Other {
    Counts sick, healthy;
  };
  std::map<std::string, Other> others;
  int64_t unnamed = 0;
  for (const Grave& g : graves) {
    const auto found = std::ranges::find(said, g.run, &Said::run);
    unnamed += found == said.end();
    const Fared f = found == said.end() ? Fared::unsure : fared(g, {found->code});
    const bool well = g.cause == "healthy";
    if (!well) by_cause[g.cause].add(f);
    (well ? healthy : sick).add(f);
    for (const auto& [name, codes] : g.said) {
      (well ? others[name].healthy : others[name].sick).add(fared(g, codes));
    }
  }
  std::string text = head("cause");
  for (const auto& [cause, counts] : by_cause) text += row_of_counts(cause, counts);
  text += "\n" + head("together") + row_of_counts("sick", sick) + row_of_counts("healthy", healthy);
  if (unnamed > 0)
    text += "  " + thousands(unnamed) + " of " + thousands(std::ssize(graves)) +
            " runs are not named, and count as unsure.\n";
  if (others.empty()) return text;
  text += "\n" + head("the sick, by others");
  for (const auto& [name, o] : others) text += row_of_counts(name, o.sick);
  text += "\n" + head("the healthy, by others");
  for (const auto& [name, o] : others) text += row_of_counts(name, o.healthy);
  return text +
         wrap(
             "Others looked at the runs themselves. Of several verdicts that their words may mean, "
             "one that is right is enough; words that mean none of the verdicts are wrong.",
             96, "  ") +
         "\n";
}

std::string answer_text(const Grave& g) {
  std::string codes;
  for (const std::string& code : g.codes) codes += (codes.empty() ? "" : ", ") + code;
  const auto share = [](double accuracy) { return percent(accuracy) + " %"; };
  std::string text = g.run + "  " + g.cause + ": " + codes + "\n";
  text += "  mnist_mlp " + g.faulty + ": " + share(g.accuracy) + "\n";
  if (g.cause == "healthy") return text;
  text += "  undone, " + g.undone.change + ": " + share(g.undone.accuracy) + " (restored from " +
          share(g.bar) + " on)\n";
  for (const Intervention& i : g.wrong)
    text += "  no cure, " + i.change + ": " + share(i.accuracy) + "\n";
  return text;
}

}  // namespace lively::lab
