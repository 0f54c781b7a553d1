// Op names that are C++ constants.
#include "tensorflow/core/kernels/constant_names.h"

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {
namespace data {
constexpr const char* const RangeDatasetOp::kDatasetType;
constexpr const char RangeDatasetOp::kLabel[];

REGISTER_KERNEL_BUILDER(Name(RangeDatasetOp::kDatasetType).Device(DEVICE_CPU), RangeDatasetOp);
REGISTER_KERNEL_BUILDER(Name(data::ZipDatasetOp::kDatasetType).Device(DEVICE_CPU), ZipDatasetOp);
}  // namespace data

namespace {
constexpr const char* kLocalName = "CorpusLocalName";
const char kTwoPieces[] =
    "CorpusTwo"  // in two pieces
    "Pieces";
const char* const kDevice = "CPU";
constexpr char kAttr[] = "T";
}  // namespace
const char* const kDeclaredHere = "CorpusDeclaredHere";

REGISTER_KERNEL_BUILDER(Name(kLocalName).Device(kDevice).TypeConstraint<float>(kAttr), ConstantOp<1>);
REGISTER_KERNEL_BUILDER(Name(kTwoPieces).Device(DEVICE_CPU), ConstantOp<2>);
REGISTER_KERNEL_BUILDER(Name(kDeclaredHere).Device(DEVICE_CPU), ConstantOp<3>);
REGISTER_KERNEL_BUILDER(Name(kArrayName).Device(DEVICE_CPU), ConstantOp<4>);
REGISTER_KERNEL_BUILDER(Name(CORPUS_DEFINED_NAME).Device("CPU"), ConstantOp<5>);
REGISTER_KERNEL_BUILDER(Name(::tensorflow::kArrayName).Device(::tensorflow::DEVICE_CPU).Label("qualified"),
                        ConstantOp<6>);
REGISTER_KERNEL_BUILDER(Name("CorpusLabelConstant").Device(DEVICE_CPU).Label(data::RangeDatasetOp::kLabel),
                        ConstantOp<7>);
}  // namespace tensorflow
