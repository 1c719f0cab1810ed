/* The one function of bcryptprimitives.dll that Rust's std and the client call, for wine 8, which has no such DLL. */
#include <stddef.h>

__declspec(dllimport) unsigned char SystemFunction036(void *buffer, unsigned long length); /* RtlGenRandom */

__declspec(dllexport) int ProcessPrng(unsigned char *buffer, size_t length) {
  while (length > 0) {
    unsigned long part = length > 65536 ? 65536 : (unsigned long)length;
    if (!SystemFunction036(buffer, part)) return 0;
    buffer += part;
    length -= part;
  }
  return 1;
}

int DllMain(void *module, unsigned long reason, void *reserved) {
  (void)module;
  (void)reason;
  (void)reserved;
  return 1;
}
