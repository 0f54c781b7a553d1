#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"

namespace tensorflow {

using shape_inference::InferenceContext;
using shape_inference::UnchangedShape;
using shape_inference::UnknownShape;

REGISTER_OP("Const").Output("output: dtype").Attr("value: tensor").Attr("dtype: type").SetShapeFn(UnknownShape);

REGISTER_OP("Placeholder")
    .Output("output: dtype")
    .Attr("dtype: type")
    .Attr("shape: shape = { unknown_rank: true }")
    .SetShapeFn([](InferenceContext* context) { return UnknownShape(context); });

REGISTER_OP("Identity").Input("input: T").Output("output: T").Attr("T: type").SetShapeFn(UnchangedShape);

REGISTER_OP("IdentityN").Input("input: T").Output("output: T").Attr("T: list(type)").SetShapeFn(UnknownShape);

REGISTER_OP("Reshape")
    .Input("tensor: T")
    .Input("shape: Tshape")
    .Output("output: T")
    .Attr("T: type")
    .Attr("Tshape: {int32, int64} = DT_INT32")
    .SetShapeFn(UnknownShape);

}  // namespace tensorflow
