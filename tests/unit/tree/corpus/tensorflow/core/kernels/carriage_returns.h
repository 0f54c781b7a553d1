#ifndef CARRIAGE_RETURNS_H_
#define CARRIAGE_RETURNS_H_
#define CORPUS_CRLF "crlf"
#define CORPUS_TYPE int32
#endif
