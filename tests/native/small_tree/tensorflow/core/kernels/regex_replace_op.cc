#include "re2/re2.h"
#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

class RegexReplaceOp : public OpKernel {
 public:
  explicit RegexReplaceOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("replace_global", &replace_global_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    RE2 match(context->input(1).scalar<tstring>()());
    OP_REQUIRES(context, match.ok(), errors::InvalidArgument("Invalid pattern: ", match.error()));
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, input.shape(), DT_STRING, &output));
    for (int64_t i = 0; i < input.NumElements(); ++i) {
      std::string text = input.flat<tstring>()(i);
      const std::string& rewrite = context->input(2).scalar<tstring>()();
      if (replace_global_) {
        RE2::GlobalReplace(&text, match, rewrite);
      } else {
        RE2::Replace(&text, match, rewrite);
      }
      output->flat<tstring>()(i) = text;
    }
  }

 private:
  bool replace_global_;
};

REGISTER_KERNEL_BUILDER(Name("RegexReplace").Device(DEVICE_CPU), RegexReplaceOp);

}  // namespace tensorflow
