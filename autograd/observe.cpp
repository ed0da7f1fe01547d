#include "lively/autograd/observe.h"

#include <utility>

namespace lively {

thread_local constinit detail::Observation detail::t_observation{};

namespace {

// Names are borrowed from modules, which outlive their forward.
thread_local std::vector<const std::string*> t_path;

}  // namespace

Observe::Observe(RectifierListener& listener)
    : listener_before_(std::exchange(detail::t_observation.listener, &listener)),
      calls_before_(std::exchange(detail::t_observation.calls, 0)) {}

Observe::~Observe() { detail::t_observation = {listener_before_, calls_before_}; }

ModuleScope::ModuleScope(const std::string& name) { t_path.push_back(&name); }
ModuleScope::~ModuleScope() { t_path.pop_back(); }

std::string module_path() {
  std::string path;
  for (const std::string* name : t_path) {
    if (name->empty()) continue;
    if (!path.empty()) path += '.';
    path += *name;
  }
  return path;
}

void detail::count_units(UnitCounts& counts, const Tensor& z) {
  const Tensor rows = z.contiguous();
  const int64_t samples = z.shape()[0], units = z.shape()[1];
  const int64_t positions = samples && units ? z.numel() / (samples * units) : 1;
  visit_float("count_units", z.dtype(), [&](auto zero) {
    const auto* p = rows.template data<decltype(zero)>();
    for (int64_t n = 0; n < samples; ++n) {
      for (int64_t u = 0; u < units; ++u, p += positions) {
        int64_t active = 0;
        bool finite = true;
        for (int64_t i = 0; i < positions; ++i) {
          active += p[i] > 0;
          finite = finite && p[i] - p[i] == 0;
        }
        const auto at = static_cast<std::size_t>(u);
        counts.poisoned[at] += !finite;
        counts.fired[at] += finite && active > 0;
        counts.active[at] += finite ? active : 0;
      }
    }
  });
  counts.samples += samples;
  counts.positions = positions;
}

}  // namespace lively
