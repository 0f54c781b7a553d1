#ifndef TENSORFLOW_CORE_KERNELS_OP_TABLES_H_
#define TENSORFLOW_CORE_KERNELS_OP_TABLES_H_
#define CORPUS_TABLE(row) \
  row(Equal, equal_to, )  \
  row(Less, less, Or)
#endif  // TENSORFLOW_CORE_KERNELS_OP_TABLES_H_
