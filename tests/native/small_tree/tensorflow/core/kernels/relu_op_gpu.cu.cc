// No CPU library is built from this file.
#if !GOOGLE_CUDA
#error "This file is for a GPU."
#endif
