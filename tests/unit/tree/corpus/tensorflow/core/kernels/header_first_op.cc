#define REGISTERING_NAME "CorpusHeaderFirst"
#include "tensorflow/core/kernels/registering_header.h"
// The guard keeps the second one out.
#include "tensorflow/core/kernels/registering_header.h"
