#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lively/autograd/variable.h"
#include "lively/tensor/named.h"

namespace lively {

class BatchNorm;
class WeightedLayer;

// Parameters and buffers under PyTorch's key names ("0.weight"), in order of registration.
// The tensors share their elements with the module.
using StateDict = std::vector<Named<Tensor>>;

// A layer, or a model of layers: a plain class whose members are registered by name in its
// constructor.
//
//   struct Net : Module {
//     Linear hidden{784, 128}, out{128, 10};
//     Net() { register_module("hidden", hidden); register_module("out", out); }
//     Variable forward(const Variable& x) override { return out(relu(hidden(x))); }
//     std::string describe() const override { return "Net"; }
//   };
class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  // Runs forward under this module's name, which errors and liveness report, and then the
  // forward hooks.
  Variable operator()(const Variable& x);
  virtual Variable forward(const Variable& x) = 0;
  virtual std::string describe() const = 0;  // "Linear(784, 128)"

  // With the path from this module as name; this module itself is "" in named_modules(). What
  // is registered twice, a shared module, say, comes once, under its first name; only
  // state_dict() has it under each, as PyTorch's has.
  std::vector<Named<Variable>> named_parameters() const;
  std::vector<Variable> parameters() const;
  std::vector<Named<Tensor>> named_buffers() const;
  std::vector<Named<Module*>> named_modules();
  std::vector<Named<uint64_t*>> named_draws();  // see draws()
  int64_t parameter_count() const;              // single numbers, not tensors

  // Training mode is where dropout drops and batch norm takes the batch's statistics.
  void train(bool on = true);
  void eval() { train(false); }
  bool is_training() const { return training_; }

  void zero_grad();

  StateDict state_dict() const;
  // Copies every tensor in. Throws ValueError for a key that is missing or unknown, ShapeError
  // or DtypeError for one that does not fit, before anything is changed.
  void load_state_dict(const StateDict& state);

  // Called after each forward with its input and output.
  using ForwardHook = std::function<void(Module&, const Variable& x, const Variable& y)>;
  // Gives the key under which it can be removed again.
  uint64_t register_forward_hook(ForwardHook hook);
  void remove_forward_hook(uint64_t key);  // nothing where it has gone already
  void clear_forward_hooks() { hooks_.clear(); }
  bool has_forward_hooks() const { return !hooks_.empty(); }

  // What a module states of itself, for those who read a model (initialisers, liveness,
  // checkpoints) without knowing its class. Itself, if its units are weighted sums, or if it is a
  // batch norm; null: it is none.
  virtual WeightedLayer* as_weighted() { return nullptr; }
  virtual BatchNorm* as_norm() { return nullptr; }
  // Does what leaves a unit here hang on other units than the one that came in, by other means than
  // the weights of as_weighted(): as after a norm over a sample? Then no layer before it leads
  // straight to a rectifier behind it.
  virtual bool mixes_units() const { return false; }
  // Does what leaves for a sample hang on the other samples of the batch, or does forward keep
  // something of the batch as a whole: as batch norm does in training mode?
  virtual bool mixes_samples() const { return false; }
  // The name of the op, "relu", if its forward is that activation and nothing else.
  virtual std::string_view activation() const { return {}; }
  // How often it has drawn at random, if what it draws next follows from that number: who keeps
  // or repeats a pass puts it back. Null: it draws nothing.
  virtual uint64_t* draws() { return nullptr; }

  // And of a child; asked of itself, of the rectifiers that its own forward calls as functions.
  // Does a shortcut lead around it? A dead layer there cuts nothing.
  virtual bool bypasses(const Module& /*child*/) const { return false; }
  // Is its input a branch's sum with what a shortcut carries?
  virtual bool sums_before(const Module& /*child*/) const { return false; }
  // Is it the shortcut, which only carries an input on to a sum?
  virtual bool carries(const Module& /*child*/) const { return false; }

  // What the parent registered it under; the title is for people, "stage 2", and may be empty.
  const std::string& name() const { return name_; }
  const std::string& title() const { return title_; }
  const Module* child(std::string_view name) const;  // null: there is none

 protected:
  // The member and the registered one are handles to the same parameter: change its data, do
  // not assign another. Throws ValueError if the name is taken, empty or has a dot.
  void register_parameter(const std::string& name, const Variable& parameter);
  void register_buffer(const std::string& name, const Tensor& buffer);
  void register_module(const std::string& name, Module& child, std::string title = {});

 private:
  void check_name(const std::string& name) const;
  template <class Visit>
  void walk(const std::string& prefix, const Visit& visit) const;

  std::string name_, title_;  // under which the parent knows it
  bool training_ = true;
  std::vector<Named<Variable>> parameters_;
  std::vector<Named<Tensor>> buffers_;
  std::vector<Named<Module*>> children_;
  struct Hook {
    uint64_t key;
    ForwardHook call;
  };
  std::vector<Hook> hooks_;
  uint64_t hooks_made_ = 0;
};

}  // namespace lively
