#include "tensorflow/core/framework/op.h"
#include "tensorflow/core/ops/padding.h"

namespace tensorflow {

REGISTER_OP("CorpusCast")
    .Input("x: SrcT")
    .Output("y: DstT")
    .Attr("SrcT: type")
    .Attr("DstT: {float, int32, half, float64, complex64, qint8, resource, variant, string} = DT_FLOAT")
    .Attr("Truncate: bool = false")
    .SetShapeFn([](InferenceContext* c) {
      for (int i = 0; i < c->num_inputs(); ++i) {
        if (c->Rank(i) > 3) return errors::InvalidArgument("rank (of) \"", i, "\" is > 3;");
      }
      return c->Attr("T").ok() ? OkStatus() : Input("not an input: T");
    })
    .Doc(R"doc(
Casts (or does not).
.Attr("NotAnAttr: int")
)doc");

REGISTER_OP("CorpusAttrs")
    .Input("values: N * T")
    .Input("ref: Ref(float)")
    .Input("lists: Tlist")
    .Output("out: T")
    .Output("more: Tlist")
    .Attr("N: int >= 1 = 2")
    .Attr("T: numbertype")
    .Attr("R: realnumbertype = DT_INT32")
    .Attr("Q: quantizedtype")
    .Attr("M: {numbertype, bool}")
    .Attr("Tlist: list(type) >= 0 = []")
    .Attr("Tsome: list({int32, int64}) >= 1 = [DT_INT32, DT_INT64]")
    .Attr("f: func")
    .Attr("ratio: float = 0.5")
    .Attr("negative: int = -1")
    .Attr("name: string = \"a, 'b' = c\"")
    .Attr("format: { 'NHWC', \"NCHW\" } = 'NHWC'")
    .Attr("shape: shape = { unknown_rank: true }")
    .Attr("shapes: list(shape) = []")
    .Attr("strides: list(int) = [1, 1]")
    .Attr("value: tensor")
    .Attr("  spaced   :   int   =   3  ")
    .SetIsStateful();

REGISTER_OP("CorpusPieces")
    .Attr(
        "T: {float,"
        " double"  // one string in three pieces
        "}")
    .Attr(GetPaddingText())
    .Attr(GetModeText())
    .Input(
        "x: T")
    .Output("y: T");

#define UNARY() \
  Input("x: T").Output("y: T").Attr("T: {half, float}").SetShapeFn(shape_inference::UnchangedShape)
#define REGISTER_UNARY(name) REGISTER_OP("Corpus" #name).UNARY()
REGISTER_UNARY(Sin);
REGISTER_UNARY(Cos);
REGISTER_OP("CorpusTan").UNARY();
#undef UNARY
#define UNARY() Input("x: float").Output("y: float")
REGISTER_UNARY(Exp);

// A text with an odd number of quotes, and lines that look like directives.
REGISTER_OP("CorpusJson").Input("json: string").Doc(R"doc(
{
  "token: "<redacted>",
  # Some fields elided
#if 0
  "it's": "/* not a comment \n"
}
)doc");

REGISTER_OP("CorpusAfterJson").Input("x: float").Doc(R"doc(Another.)doc");

REGISTER_SYSTEM_OP("_CorpusArg").Output("output: T").Attr("T: type").Attr("index: int >= 0").SetIsStateful();
REGISTER_OP("CorpusNoAttrs");
REGISTER_OP("CorpusDeprecated").Deprecated(10, "Use CorpusCast (it is better); please").Attr("T: type");

static const char kDoc[] = "REGISTER_OP(\"CorpusInText\");";
constexpr char kOpName[] = "CorpusConstantName";
REGISTER_OP(kOpName).Attr("T: type");
#ifdef INTEL_MKL
REGISTER_OP("_CorpusMklOnly").Attr("T: type");
#endif
#ifdef IS_MOBILE_PLATFORM
REGISTER_OP("CorpusMobileOnly").Attr("T: numbertype");
#endif

}  // namespace tensorflow
