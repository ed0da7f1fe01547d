#pragma once

#include "apps/lab/inquiry/motion.h"
#include "apps/lab/inquiry/recorder.h"
#include "apps/lab/run/observer.h"

namespace lively::lab {

// Collects what each step shows for the verdict, and tells of a step every log_interval steps.
class Recording final : public Observer {
 public:
  // `last_step`: the number of the run's last step.
  Recording(Training& training, int64_t last_step);

  void before_update(Training& t, const Batch& batch, const Step& step) override;
  void after_update(Training& t, const Step& step) override;
  void not_finite(Training& t, const Batch& batch, const Step& step) override;
  void keep(Archive& a) override { a("evidence", recorder_), a("motion", motion_); }

  Evidence evidence() const;

 private:
  Recorder recorder_;
  Motion motion_;
  bool weighed_ = false;  // were weights copied before the update under way?
};

}  // namespace lively::lab
