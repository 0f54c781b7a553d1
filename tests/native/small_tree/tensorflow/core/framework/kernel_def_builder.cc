#include "tensorflow/core/framework/kernel_def_builder.h"

namespace tensorflow {

KernelDefBuilder::KernelDefBuilder(const char* op_name) : kernel_def_(new KernelDef) { kernel_def_->op = op_name; }

KernelDefBuilder::~KernelDefBuilder() { delete kernel_def_; }

KernelDefBuilder& KernelDefBuilder::Device(const char* device_type) {
  kernel_def_->device_type = device_type;
  return *this;
}

KernelDefBuilder& KernelDefBuilder::TypeConstraint(const char* attr_name, DataType allowed) {
  kernel_def_->constraint.push_back({attr_name, {allowed}, {}});
  return *this;
}

KernelDefBuilder& KernelDefBuilder::AttrConstraint(const char* attr_name, const char* allowed) {
  kernel_def_->constraint.push_back({attr_name, {}, {allowed}});
  return *this;
}

KernelDefBuilder& KernelDefBuilder::HostMemory(const char* arg_name) {
  kernel_def_->host_memory_arg.push_back(arg_name);
  return *this;
}

KernelDefBuilder& KernelDefBuilder::Label(const char* label) {
  kernel_def_->label = label;
  return *this;
}

KernelDefBuilder& KernelDefBuilder::Priority(int priority) {
  kernel_def_->priority = priority;
  return *this;
}

const KernelDef* KernelDefBuilder::Build() {
  const KernelDef* built = kernel_def_;
  kernel_def_ = nullptr;
  return built;
}

}  // namespace tensorflow
