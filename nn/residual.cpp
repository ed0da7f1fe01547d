#include "lively/nn/residual.h"

#include "lively/autograd/ops.h"

namespace lively {

ResidualForm ResidualForm::parse(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view sum = text.substr(0, colon),
                         when = colon == text.npos ? "post" : text.substr(colon + 1);
  if ((sum != "add" && sum != "subtract") || (when != "pre" && when != "post"))
    fail<ValueError>(text, ": needs add or subtract, then :pre or :post or nothing");
  return {sum == "add" ? Sum::add : Sum::subtract, when == "pre" ? Activate::pre : Activate::post};
}

Residual::Residual(std::unique_ptr<Module> f, std::unique_ptr<Module> activation, ResidualForm form)
    : inner_(std::move(f)), activation_(std::move(activation)), form_(form) {
  register_module("inner", *inner_);
  register_module("act", *activation_);
}

Variable Residual::forward(const Variable& x) {
  Variable y = (*inner_)(x);
  if (form_.activate == ResidualForm::Activate::pre) y = (*activation_)(y);
  if (y.shape() != x.shape())
    fail<ShapeError>("Residual: ", x.shape(), " became ", y.shape(), ": must keep its shape");
  y = form_.sum == ResidualForm::Sum::add ? y + x : y - x;
  return form_.activate == ResidualForm::Activate::pre ? y : (*activation_)(y);
}

std::string Residual::describe() const {
  const char* sign = form_.sum == ResidualForm::Sum::add ? " + x" : " - x";
  const std::string f = inner_->describe(), act = activation_->describe();
  return form_.activate == ResidualForm::Activate::pre
             ? message("Residual(", act, " of ", f, sign, ")")
             : message("Residual(", act, " of (", f, sign, "))");
}

}  // namespace lively
