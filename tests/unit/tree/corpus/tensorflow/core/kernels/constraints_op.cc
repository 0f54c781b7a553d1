#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

#define TYPE(T, label) \
  REGISTER_KERNEL_BUILDER(Name("CorpusType").Device(DEVICE_CPU).TypeConstraint<T>("T").Label(label), TypeOp<T>)
TYPE(float, "1");
TYPE(int64_t, "2");
TYPE(int64, "3");
TYPE(::tensorflow::int64, "4");
TYPE(::int64_t, "5");
TYPE(std::int64_t, "6");
TYPE(int32, "7");
TYPE(int32_t, "8");
TYPE(int, "9");
TYPE(uint8, "10");
TYPE(uint8_t, "11");
TYPE(Eigen::half, "12");
TYPE(bfloat16, "13");
TYPE(Eigen::bfloat16, "14");
TYPE(qint8, "15");
TYPE(Eigen::QInt8, "16");
TYPE(tstring, "17");
TYPE(string, "18");
TYPE(std::string, "19");
TYPE(ResourceHandle, "20");
TYPE(Variant, "21");
TYPE(std::complex<float>, "22");
TYPE(complex64, "23");
TYPE(std::complex< double >, "24");
TYPE(bool, "25");
TYPE(tensorflow::float8_e5m2, "26");
TYPE(tsl::int4, "27");
TYPE(unsigned char, "28");
TYPE(long long, "29");
TYPE(EnumToDataType<DT_UINT16>::Type, "30");

REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU).TypeConstraint("T", {DT_FLOAT, DT_INT32}), SetOp<1>);
REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU).TypeConstraint("T", DT_STRING), SetOp<2>);
REGISTER_KERNEL_BUILDER(
    Name("CorpusSet")
        .Device(DEVICE_CPU)
        .TypeConstraint("T", {DataTypeToEnum<int8>::value, DataTypeToEnum<qint8>::v(), tensorflow::DT_BOOL,})
        .TypeConstraint<int32>("Tidx"),
    SetOp<3>);
constexpr DataType kSomeTypes[] = {DT_HALF, DT_VARIANT};
REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU).TypeConstraint("T", kSomeTypes), SetOp<4>);
REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU).TypeConstraint("T", DataTypeToEnum<double>::v()),
                        SetOp<5>);
REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU).AttrConstraint("data_format", "NHWC"), SetOp<6>);
REGISTER_KERNEL_BUILDER(Name("CorpusSet").Device(DEVICE_CPU), SetOp<7>);
REGISTER_KERNEL_BUILDER(
    Name("CorpusSet").Device(DEVICE_CPU).AttrConstraint<std::string>("policy", {"", "ERROR", "IGNORE"}), SetOp<8>);
REGISTER_KERNEL_BUILDER(Name("CorpusSet")
                            .Device(DEVICE_CPU)
                            .AttrConstraint<bool>("is_max", true)
                            .AttrConstraint<int64_t>("dimension", -1),
                        SetOp<9>);

}  // namespace tensorflow
