#include "apps/lab/cases/company.h"

#include <cstdio>
#include <exception>

#include "apps/lab/words/errors.h"
#include "lively/tensor/error.h"

namespace lively::lab {
namespace {

// Tags of what goes between the first rank and another. Each worker has one from kWorker on: there
// it gets places, a text each, and answers each; an empty text ends it. kCall comes once, kStop
// once after it, so that nothing is left unread.
constexpr int kCall = 0;  // workers a rank; empty: there is nothing to do
constexpr int kStop = 1;  // what is under way need not be finished
constexpr int kWorker = 2;

int64_t g_called = 0;  // workers a rank, once the first has called

struct Followed {};  // the end of a rank that is not the first

// Nothing more comes on this tag. Who is lost need not know.
void end(int rank, int tag) noexcept {
  try {
    send(rank, tag, "");
  } catch (const RankLost&) {
  }
}

std::string answer(std::size_t place, const std::atomic<bool>& stop, const LineAt& here) {
  const auto fault = [](const char* kind, const std::exception& e) {
    return object({{"fault", kind}, {"text", e.what()}});
  };
  Json said;
  try {
    if (std::optional<Json> line = here(place, stop)) said = object({{"line", *std::move(line)}});
  } catch (const DataError& e) {
    said = fault("data", e);
  } catch (const ValueError& e) {
    said = fault("value", e);
  } catch (const std::exception& e) {
    said = fault("other", e);
  }
  return one_line(said);
}

int followed(const std::function<int()>& body) {
  const std::string call = receive(0, kCall);
  if (call.empty()) return kGood;
  g_called = std::stoll(call);
  if (!std::freopen("/dev/null", "w", stdout)) std::fclose(stdout);
  std::exception_ptr failed;
  try {
    body();
    fail<StateError>("handed nothing out");
  } catch (const Followed&) {
    return kGood;
  } catch (const std::exception&) {
    failed = std::current_exception();
  }
  try {
    follow(Bits::of_one_thread, [&](std::size_t, const std::atomic<bool>&) -> std::optional<Json> {
      std::rethrow_exception(failed);
    });
  } catch (const Followed&) {
    return kGood;
  }
}

}  // namespace

int in_company(const std::function<int()>& body) {
  const Ranks joined;
  if (rank() > 0) return followed(body);
  struct Dismissal {
    ~Dismissal() {
      if (g_called) return;
      for (int r = 1; r < ranks(); ++r) end(r, kCall);
    }
  } const dismissal;
  return body();
}

void follow(Bits bits, const LineAt& here) {
  std::atomic<bool> stop{false};
  const int64_t n = g_called + 1;  // a worker each, and one who listens
  side_by_side(
      n, {.bits = bits, .workers = static_cast<int>(n)}, [&](int64_t i, const std::atomic<bool>&) {
        if (i == 0) {
          try {
            receive(0, kStop);
          } catch (const RankLost& e) {  // nobody is left to answer to
            std::fprintf(stderr, "rank %d: %s\n", rank(), e.what());
            std::_Exit(kUnexpected);
          }
          stop = true;
          return true;
        }
        const int tag = kWorker + static_cast<int>(i) - 1;
        for (std::string place; !(place = receive(0, tag)).empty();)
          send(0, tag, answer(std::stoull(place), stop, here));
        return true;
      });
  throw Followed{};
}

Company::Company(int64_t workers)
    : stopped_(static_cast<std::size_t>(ranks()), true), lost_(stopped_.size(), false) {
  const int others = g_called ? 0 : ranks() - 1;
  for (int r = others; r >= 0; --r)  // those of this process are taken first
    for (int64_t w = 0; w < workers; ++w) free_.push_back({r, kWorker + static_cast<int>(w)});
  seats_ = static_cast<int64_t>(free_.size());
  for (int r = 1; r <= others; ++r) {
    stopped_[static_cast<std::size_t>(r)] = false;
    send(r, kCall, std::to_string(workers));
  }
  if (others > 0) g_called = workers;
}

Company::~Company() {
  for (const Seat& seat : free_) {
    if (seat.rank == 0) continue;
    stop(seat.rank);
    end(seat.rank, seat.worker);
  }
  for (int r = 1; r < ranks(); ++r) part_from(r);
}

Company::Seat Company::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    freed_.wait(lock, [this] { return !free_.empty(); });
    const Seat seat = free_.back();
    free_.pop_back();
    if (!lost_[static_cast<std::size_t>(seat.rank)]) return seat;
  }
}

void Company::give_back(const Seat& seat) {
  const std::lock_guard lock(mutex_);
  free_.push_back(seat);
  freed_.notify_one();
}

void Company::give_up(int rank) {
  const std::lock_guard lock(mutex_);
  if (lost_[static_cast<std::size_t>(rank)]) return;
  lost_[static_cast<std::size_t>(rank)] = stopped_[static_cast<std::size_t>(rank)] = true;
  part_from(rank);
  std::fprintf(stderr, "%s; its cases go to the others\n", RankLost(rank).what());
}

void Company::stop(int rank) {
  const std::lock_guard lock(mutex_);
  if (stopped_[static_cast<std::size_t>(rank)]) return;
  stopped_[static_cast<std::size_t>(rank)] = true;
  end(rank, kStop);
}

Json Company::line_from(const Seat& seat, std::size_t place, const std::atomic<bool>& stop) {
  send(seat.rank, seat.worker, std::to_string(place));
  // Answered in any case: who gave up here would leave the other waiting for a reader.
  const std::string said = receive(seat.rank, seat.worker, [&] {
    if (stop) this->stop(seat.rank);
  });
  return read_back(said);
}

std::optional<Json> Company::line(
    std::size_t place, const std::atomic<bool>& stop, const LineAt& here) {
  struct Held {  // a seat, until the end of the case
    Company& company;
    const Seat seat;
    bool lost = false;
    explicit Held(Company& c) : company(c), seat(c.take()) {}
    ~Held() {
      if (!lost) company.give_back(seat);
    }
  };
  Json said;
  int from = 0;
  for (bool answered = false; !answered;) {
    Held held(*this);
    from = held.seat.rank;
    if (from == 0) return here(place, stop);
    try {
      said = line_from(held.seat, place, stop);
      answered = true;
    } catch (const RankLost&) {
      held.lost = true;
      give_up(from);
      if (stop) return std::nullopt;
    }
  }
  if (said.is_null()) return std::nullopt;
  if (!said.contains("fault")) return said.at("line");
  const std::string kind = said.at("fault"), text = said.at("text");
  if (kind == "data") fail<DataError>("rank ", from, ": ", text);
  if (kind == "value") fail<ValueError>("rank ", from, ": ", text);
  fail<Error>("rank ", from, ": ", text);
}

}  // namespace lively::lab
