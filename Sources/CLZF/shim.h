#ifndef CLZF_SHIM_H
#define CLZF_SHIM_H

// Debian keeps the header in a folder of its own, other systems do not.
#if __has_include(<liblzf/lzf.h>)
#include <liblzf/lzf.h>
#else
#include <lzf.h>
#endif

#endif
