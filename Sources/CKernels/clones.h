// Several versions of a function, chosen when the program is loaded by what the machine can do.
#ifndef CKERNELS_CLONES_H
#define CKERNELS_CLONES_H

// The choice runs before a sanitizer's runtime is set up, and crashes in it: sanitized builds use one version.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define CKERNELS_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(CKERNELS_SANITIZED)
#define CLONES __attribute__((target_clones("avx512bw", "avx2", "default")))
#else
#define CLONES
#endif

#endif
