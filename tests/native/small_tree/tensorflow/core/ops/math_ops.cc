#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"

namespace tensorflow {

using shape_inference::UnchangedShape;
using shape_inference::UnknownShape;

REGISTER_OP("MatMul")
    .Input("a: T")
    .Input("b: T")
    .Output("product: T")
    .Attr("transpose_a: bool = false")
    .Attr("transpose_b: bool = false")
    .Attr("T: {float, double, int32, int64}")
    .SetShapeFn(UnknownShape);

#define BINARY_MORE() Input("x: T").Input("y: T").Output("z: T").Attr("T: {float, double, uint8, int32, int64}")

REGISTER_OP("Add")
    .Input("x: T")
    .Input("y: T")
    .Output("z: T")
    .Attr("T: {float, double, uint8, int32, int64, string}")
    .SetShapeFn(UnknownShape);

REGISTER_OP("AddV2").BINARY_MORE().SetShapeFn(UnknownShape);

REGISTER_OP("Mul").BINARY_MORE().SetShapeFn(UnknownShape);

#undef BINARY_MORE

#define UNARY() Input("x: T").Output("y: T").Attr("T: {float, double, int32, int64}").SetShapeFn(UnchangedShape)

REGISTER_OP("Square").UNARY();

REGISTER_OP("Neg").UNARY();

#undef UNARY

REGISTER_OP("Cast")
    .Input("x: SrcT")
    .Output("y: DstT")
    .Attr("SrcT: type")
    .Attr("DstT: type")
    .Attr("Truncate: bool = false")
    .SetShapeFn(UnchangedShape);

}  // namespace tensorflow
