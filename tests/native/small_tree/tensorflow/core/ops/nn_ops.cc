#include "tensorflow/core/framework/common_shape_fns.h"
#include "tensorflow/core/framework/op.h"

namespace tensorflow {

using shape_inference::UnchangedShape;
using shape_inference::UnknownShape;

#define PADDING_ATTR "padding: {'SAME', 'VALID'}"
#define DATA_FORMAT_ATTR "data_format: {'NHWC', 'NCHW'} = 'NHWC'"

REGISTER_OP("BiasAdd")
    .Input("value: T")
    .Input("bias: T")
    .Output("output: T")
    .Attr("T: {float, double, uint8, int32, int64}")
    .Attr(DATA_FORMAT_ATTR)
    .SetShapeFn(UnchangedShape);

REGISTER_OP("Relu")
    .Input("features: T")
    .Output("activations: T")
    .Attr("T: {float, double, uint8, int32, int64}")
    .SetShapeFn(UnchangedShape);

REGISTER_OP("Relu6")
    .Input("features: T")
    .Output("activations: T")
    .Attr("T: {float, double, uint8, int32, int64}")
    .SetShapeFn(UnchangedShape);

REGISTER_OP("Softmax").Input("logits: T").Output("softmax: T").Attr("T: {float, double}").SetShapeFn(UnchangedShape);

REGISTER_OP("Conv2D")
    .Input("input: T")
    .Input("filter: T")
    .Output("output: T")
    .Attr("T: {float, double}")
    .Attr("strides: list(int)")
    .Attr("use_cudnn_on_gpu: bool = true")
    .Attr(PADDING_ATTR)
    .Attr("explicit_paddings: list(int) = []")
    .Attr(DATA_FORMAT_ATTR)
    .Attr("dilations: list(int) = [1, 1, 1, 1]")
    .SetShapeFn(UnknownShape);

REGISTER_OP("DepthwiseConv2dNative")
    .Input("input: T")
    .Input("filter: T")
    .Output("output: T")
    .Attr("T: {float, double}")
    .Attr("strides: list(int)")
    .Attr(PADDING_ATTR)
    .Attr("explicit_paddings: list(int) = []")
    .Attr(DATA_FORMAT_ATTR)
    .Attr("dilations: list(int) = [1, 1, 1, 1]")
    .SetShapeFn(UnknownShape);

REGISTER_OP("FusedBatchNormV3")
    .Input("x: T")
    .Input("scale: U")
    .Input("offset: U")
    .Input("mean: U")
    .Input("variance: U")
    .Output("y: T")
    .Output("batch_mean: U")
    .Output("batch_variance: U")
    .Output("reserve_space_1: U")
    .Output("reserve_space_2: U")
    .Output("reserve_space_3: U")
    .Attr("T: {float}")
    .Attr("U: {float}")
    .Attr("epsilon: float = 0.0001")
    .Attr("exponential_avg_factor: float = 1.0")
    .Attr(DATA_FORMAT_ATTR)
    .Attr("is_training: bool = true")
    .SetShapeFn(UnknownShape);

REGISTER_OP("MaxPool")
    .Attr("T: {float, double, int32, int64, uint8} = DT_FLOAT")
    .Attr("ksize: list(int) >= 4")
    .Attr("strides: list(int) >= 4")
    .Attr(PADDING_ATTR)
    .Attr("explicit_paddings: list(int) = []")
    .Attr(DATA_FORMAT_ATTR)
    .Input("input: T")
    .Output("output: T")
    .SetShapeFn(UnknownShape);

}  // namespace tensorflow
