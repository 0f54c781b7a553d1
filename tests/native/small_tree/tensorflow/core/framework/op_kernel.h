#ifndef TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_
#define TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/framework/kernel_def_builder.h"
#include "tensorflow/core/framework/node_def_util.h"
#include "tensorflow/core/framework/registration/registration.h"
#include "tensorflow/core/framework/tensor.h"
#include "tensorflow/core/platform/errors.h"
#include "tensorflow/core/platform/macros.h"

namespace tensorflow {

// What a kernel is made for.
class OpKernelConstruction {
 public:
  explicit OpKernelConstruction(const NodeDef* def) : def_(def) {}

  const NodeDef& def() const { return *def_; }
  template <class T>
  Status GetAttr(StringPiece attr_name, T* value) const {
    return GetNodeAttr(*def_, attr_name, value);
  }
  void CtxFailure(const Status& status) { status_.Update(status); }
  const Status& status() const { return status_; }

 private:
  const NodeDef* def_;
  Status status_;

  TF_DISALLOW_COPY_AND_ASSIGN(OpKernelConstruction);
};

// One call of a kernel.
class OpKernelContext {
 public:
  struct Params {
    std::vector<Tensor> inputs;
    std::vector<Tensor> outputs;
    // What _Arg gives and what _Retval is given.
    const std::vector<Tensor>* args = nullptr;
    std::vector<Tensor>* retvals = nullptr;
  };

  explicit OpKernelContext(Params* params) : params_(params) {}

  int num_inputs() const { return static_cast<int>(params_->inputs.size()); }
  int num_outputs() const { return static_cast<int>(params_->outputs.size()); }
  const Tensor& input(int index) const { return params_->inputs[index]; }
  void set_output(int index, const Tensor& tensor) { params_->outputs[index] = tensor; }
  Status allocate_output(int index, const TensorShape& shape, DataType dtype, Tensor** output) {
    *output = &params_->outputs[index];
    return Tensor::BuildTensor(dtype, shape, *output);
  }
  const Params& params() const { return *params_; }
  void CtxFailure(const Status& status) { status_.Update(status); }
  const Status& status() const { return status_; }

 private:
  Params* params_;
  Status status_;

  TF_DISALLOW_COPY_AND_ASSIGN(OpKernelContext);
};

class OpKernel {
 public:
  explicit OpKernel(OpKernelConstruction* context) : def_(context->def()) {}
  virtual ~OpKernel() = default;

  virtual void Compute(OpKernelContext* context) = 0;
  const NodeDef& def() const { return def_; }
  const std::string& name() const { return def_.name(); }
  const std::string& type_string() const { return def_.op(); }

 private:
  const NodeDef def_;

  TF_DISALLOW_COPY_AND_ASSIGN(OpKernel);
};

#define OP_REQUIRES(CTX, EXP, STATUS) \
  do {                                \
    if (TF_PREDICT_FALSE(!(EXP))) {   \
      (CTX)->CtxFailure((STATUS));    \
      return;                         \
    }                                 \
  } while (0)

#define OP_REQUIRES_OK(CTX, ...)                       \
  do {                                                 \
    ::tensorflow::Status _requires_ok = (__VA_ARGS__); \
    if (TF_PREDICT_FALSE(!_requires_ok.ok())) {        \
      (CTX)->CtxFailure(_requires_ok);                 \
      return;                                          \
    }                                                  \
  } while (0)

// Makes the kernel of a node, which has all its attrs.
Status CreateOpKernel(const NodeDef& node_def, std::unique_ptr<OpKernel>* kernel);

// "  device='CPU'; T in [DT_FLOAT]\n" for each kernel.
std::string KernelsRegisteredForOp(StringPiece op_name);

namespace register_kernel {

class Name : public KernelDefBuilder {
 public:
  explicit Name(const char* op);
};

}  // namespace register_kernel

namespace kernel_factory {

// Registers a kernel when it is made; calling it does nothing more.
class OpKernelRegistrar {
 public:
  OpKernelRegistrar(const KernelDef* kernel_def, StringPiece kernel_class_name,
                    OpKernel* (*create)(OpKernelConstruction*));
  void operator()() const {}
};

template <class Kernel>
OpKernel* Create(OpKernelConstruction* context) {
  return new Kernel(context);
}

}  // namespace kernel_factory

// REGISTER_KERNEL_BUILDER(Name("Op").Device(DEVICE_CPU)..., Class<Argument, ...>) asks for the class as it is written
// here, and for the op, whose name has to be had by itself: Name("Op") is called as a macro that gives it twice.
#define REGISTER_KERNEL_BUILDER(kernel_builder, ...) \
  KERNEL_WITH_OP(REGISTER_IF_SELECTED, OP_AND_BUILDER_##kernel_builder, __VA_ARGS__)

// Registered whatever is selected.
#define REGISTER_SYSTEM_KERNEL_BUILDER(kernel_builder, ...) \
  KERNEL_WITH_OP(REGISTER_ALWAYS, OP_AND_BUILDER_##kernel_builder, __VA_ARGS__)

#define OP_AND_BUILDER_Name(op) op, ::tensorflow::register_kernel::Name(op)
#define KERNEL_WITH_OP(m, ...) m(__VA_ARGS__)
#define REGISTER_IF_SELECTED(op, builder, ...)                                                                        \
  WITH_NEW_ID(REGISTER_KERNEL_AT_STARTUP, SHOULD_REGISTER_OP(op) && SHOULD_REGISTER_OP_KERNEL(#__VA_ARGS__), builder, \
              __VA_ARGS__)
#define REGISTER_ALWAYS(op, builder, ...) WITH_NEW_ID(REGISTER_KERNEL_AT_STARTUP, true, builder, __VA_ARGS__)

#define REGISTER_KERNEL_AT_STARTUP(id, selected, builder, ...)                                \
  static const ::tensorflow::InitOnStartupMarker registered_kernel_##id TF_ATTRIBUTE_UNUSED = \
      STARTUP_IF(selected) << ::tensorflow::kernel_factory::OpKernelRegistrar(                \
          builder.Build(), #__VA_ARGS__, ::tensorflow::kernel_factory::Create<__VA_ARGS__>);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_OP_KERNEL_H_
