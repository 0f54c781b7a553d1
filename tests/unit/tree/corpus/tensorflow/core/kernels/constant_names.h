#ifndef TENSORFLOW_CORE_KERNELS_CONSTANT_NAMES_H_
#define TENSORFLOW_CORE_KERNELS_CONSTANT_NAMES_H_

namespace tensorflow {
namespace data {

class RangeDatasetOp : public DatasetOpKernel {
 public:
  static constexpr const char* const kDatasetType = "CorpusRange";
  static constexpr const char kLabel[] = "eager";
};

class ZipDatasetOp : public DatasetOpKernel {
 public:
  static constexpr const char* const kDatasetType = "CorpusZip";
};

}  // namespace data

extern const char* const kDeclaredHere;
constexpr char kArrayName[] = "CorpusArrayName";
#define CORPUS_DEFINED_NAME "CorpusDefinedName"

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CONSTANT_NAMES_H_
