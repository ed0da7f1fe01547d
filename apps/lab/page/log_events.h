// internal: what an event of a log says, of each type that is more than a few numbers. Throws
// DataError for a field of another kind.
#pragma once

#include "apps/lab/page/run_log.h"
#include "apps/lab/words/json_value.h"

namespace lively::lab {

RunLog::Census census_of(const Json& e);
RunLog::Change change_of(const Json& e, bool death);
RunLog::Unit unit_of(const Json& e);
RunLog::Frame frame_of(const Json& e);
RunLog::Final final_of(const Json& e);
RunLog::Consultation consultation_of(const Json& e);
RunLog::RateTest rate_test_of(const Json& e);
RunLog::Treatment treatment_of(const Json& e);
std::vector<RunLog::Weighted> weighted_of(const Json& config);
RunLog::Histograms histograms_of(const Json& e);
RunLog::Confusion confusion_of(const Json& e);
std::vector<RunLog::Mistake> mistakes_of(const Json& e);

}  // namespace lively::lab
