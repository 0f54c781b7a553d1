#include "tensorflow/core/framework/op_kernel.h"

// Text that looks like registrations, and registrations among text that looks like comments.
const char* kRaw = R"(REGISTER_KERNEL_BUILDER(Name("CorpusRaw").Device(DEVICE_CPU), RawOp);
#define REGISTER_KERNEL_BUILDER(a, b)
" // )";
const char* kDelimited = R"doc(
  )" REGISTER_KERNEL_BUILDER(Name("CorpusRaw").Device(DEVICE_CPU), RawOp);
  \
)doc";
const char* kPrefixed = u8R"x(
#if 0
)x";
const char* kUrl = "http://example.com/*";
REGISTER_KERNEL_BUILDER(Name("CorpusAfterRaw").Device(DEVICE_CPU), AfterRawOp);
const char* kEnd = "*/";
const char kQuote = '"';
REGISTER_KERNEL_BUILDER(Name("CorpusAfterQuote").Device(DEVICE_CPU), AfterQuoteOp);
const char kEscaped = '\'', kSlash = '\\';
// It's a comment with a quote
REGISTER_KERNEL_BUILDER(Name("CorpusAfterComment").Device(DEVICE_CPU), AfterCommentOp);
const long kBig = 1'000'000, kHex = 0xFF'FFull;
const double kExponent = 1e+5 + .5e-3 + 0x1.8p+1;
REGISTER_KERNEL_BUILDER(Name("CorpusAfterNumber").Device(DEVICE_CPU), AfterNumberOp<1'000>);
auto kUser = "text"_suffix + 12_km + 'c'_x;
REGISTER_KERNEL_BUILDER(Name("CorpusAfterLiteral").Device(DEVICE_CPU).Label("esc\"aped\\ \x41\102"),
                        AfterLiteralOp);
#define E 7
// One preprocessing number: the macro in it is not a macro.
REGISTER_KERNEL_BUILDER(Name("CorpusNumber").Device(DEVICE_CPU).Label("one"), Number<0xE+1>);
REGISTER_KERNEL_BUILDER(Name("CorpusNumber").Device(DEVICE_CPU).Label("two"), Number<0x1 + E>);
#undef E
#define R "not a raw string"
REGISTER_KERNEL_BUILDER(Name("CorpusPrefix").Device(DEVICE_CPU), Prefix<R>);
#undef R
#define REGISTER_KERNEL_BUILDER_TWICE(x) REGISTER_KERNEL_BUILDER(x, Twice) REGISTER_KERNEL_BUILDER(x, Again)
REGISTER_KERNEL_BUILDER_TWICE(Name("CorpusTwice").Device(DEVICE_CPU))
REGISTER_KERNEL_BUILDER_X(Name("CorpusNotThis").Device(DEVICE_CPU), NotThisOp);
"REGISTER_KERNEL_BUILDER(Name(\"CorpusString\").Device(DEVICE_CPU), StringOp)";
/**/REGISTER_KERNEL_BUILDER/**/(Name/**/("Corpus"/**/"Comments").Device(DEVICE_CPU)/**/,/**/CommentsOp/**/)/**/;
REGISTER_KERNEL_BUILDER(Name(R"(CorpusRawName)").Device(DEVICE_CPU), RawNameOp);
REGISTER_KERNEL_BUILDER(Name("CorpusÜnïcode").Device(DEVICE_CPU), ÜnïcodeOp<"é">);
