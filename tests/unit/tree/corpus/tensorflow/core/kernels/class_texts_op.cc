#include "tensorflow/core/framework/op_kernel.h"

// The class is a text: what is written after expansion, with the spaces a stringified argument keeps.
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("1"), (ParenthesizedOp<float>));
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("2"), Comma<CPUDevice, float, 3>);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("3"), Comma < CPUDevice,float ,  3 >);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("4"), ::tensorflow::Global<::std::int64_t>);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("5"), Deep<A<B<C>>, D< E > >);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("6"), Text<'"', ',', '\''>);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("7"), decltype(Make("a, \"b\" )"))::type);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("8"), Noted /* a comment */ <float>);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("9"), Shift<(1 << 3), (4 > 2)>);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("10"), unsigned  long  Words);
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("11"), Array<float[2], int{3}>);

#define CLASS_WITH_COMMA Two<CPUDevice, float>
REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label("12"), CLASS_WITH_COMMA);
#define REGISTER_CLASS(label, ...) \
  REGISTER_KERNEL_BUILDER(Name("CorpusText").Device(DEVICE_CPU).Label(label), __VA_ARGS__)
REGISTER_CLASS("13", Three<CPUDevice, CLASS_WITH_COMMA, float>);
REGISTER_CLASS("14", (CLASS_WITH_COMMA));
