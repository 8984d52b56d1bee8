#ifndef CHDF5_SHIM_H
#define CHDF5_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

// Swift imports no macro whose expansion calls H5open() or casts: each function below stands for one of those.
static inline unsigned millrace_H5F_ACC_RDONLY(void) { return H5F_ACC_RDONLY; }
static inline unsigned millrace_H5F_ACC_TRUNC(void) { return H5F_ACC_TRUNC; }
static inline hid_t millrace_H5P_FILE_ACCESS(void) { return H5P_FILE_ACCESS; }
static inline hid_t millrace_H5P_FILE_CREATE(void) { return H5P_FILE_CREATE; }
static inline hid_t millrace_H5P_GROUP_CREATE(void) { return H5P_GROUP_CREATE; }
static inline hid_t millrace_H5P_DATASET_CREATE(void) { return H5P_DATASET_CREATE; }
static inline hid_t millrace_H5P_DATASET_ACCESS(void) { return H5P_DATASET_ACCESS; }
static inline hsize_t millrace_H5S_UNLIMITED(void) { return H5S_UNLIMITED; }
static inline haddr_t millrace_HADDR_UNDEF(void) { return HADDR_UNDEF; }
static inline size_t millrace_H5T_VARIABLE(void) { return H5T_VARIABLE; }
static inline hid_t millrace_H5T_C_S1(void) { return H5T_C_S1; }

// The native type of a number of `size` bytes; 0 where there is none.
static inline hid_t millrace_native_type(int is_float, int is_signed, size_t size) {
    if (is_float) return size == 4 ? H5T_NATIVE_FLOAT : size == 8 ? H5T_NATIVE_DOUBLE : 0;
    switch (size) {
    case 1: return is_signed ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8;
    case 2: return is_signed ? H5T_NATIVE_INT16 : H5T_NATIVE_UINT16;
    case 4: return is_signed ? H5T_NATIVE_INT32 : H5T_NATIVE_UINT32;
    case 8: return is_signed ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64;
    default: return 0;
    }
}

// The little-endian type that files of ours hold, the same bytes on every machine.
static inline hid_t millrace_file_type(int is_float, int is_signed, size_t size) {
    if (is_float) return size == 4 ? H5T_IEEE_F32LE : size == 8 ? H5T_IEEE_F64LE : 0;
    switch (size) {
    case 1: return is_signed ? H5T_STD_I8LE : H5T_STD_U8LE;
    case 2: return is_signed ? H5T_STD_I16LE : H5T_STD_U16LE;
    case 4: return is_signed ? H5T_STD_I32LE : H5T_STD_U32LE;
    case 8: return is_signed ? H5T_STD_I64LE : H5T_STD_U64LE;
    default: return 0;
    }
}

// Opens files without an advisory lock, where the library has the choice. For our own temporary outputs, which nobody
// else knows: a child process that inherits the descriptor would hold the lock after the file was closed here.
static inline herr_t millrace_no_locking(hid_t access) {
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
    return H5Pset_file_locking(access, 0, 1);
#else
    (void)access;
    return 0;
#endif
}

// Bounds the memory for a file's metadata, and for the heaps of its lists, which are metadata for the library.
static inline herr_t millrace_limit_metadata(hid_t file, size_t bytes) {
    H5AC_cache_config_t config;
    config.version = H5AC__CURR_CACHE_CONFIG_VERSION;
    if (H5Fget_mdc_config(file, &config) < 0) return -1;
    config.set_initial_size = 1;
    config.initial_size = bytes;
    config.max_size = bytes;
    if (config.min_size > bytes) config.min_size = bytes;
    return H5Fset_mdc_config(file, &config);
}

// Where the object's header lies, in which of the open files, and what the object is. H5Oget_info changed its form in
// every release.
static inline herr_t millrace_object(
    hid_t object, haddr_t *address, unsigned long *file_number, H5O_type_t *type
) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *type = info.type;
    *file_number = info.fileno;
    return H5VLnative_token_to_addr(object, info.token, address);
#elif H5_VERSION_GE(1, 10, 3)
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    *type = info.type;
    *file_number = info.fileno;
    *address = info.addr;
    return 0;
#else
#error "Millrace needs HDF5 1.10.3 or newer"
#endif
}

// Hands every link of a group to `take`, in the order in which the file holds them. H5Literate changed its form in
// 1.12.
typedef struct {
    void (*take)(void *context, const char *name);
    void *context;
} millrace_link_taker;

#if H5_VERSION_GE(1, 12, 0)
static inline herr_t millrace_take_link(hid_t group, const char *name, const H5L_info2_t *info, void *taker) {
#else
static inline herr_t millrace_take_link(hid_t group, const char *name, const H5L_info_t *info, void *taker) {
#endif
    (void)group;
    (void)info;
    millrace_link_taker const *to = (millrace_link_taker const *)taker;
    to->take(to->context, name);
    return 0;
}

static inline herr_t millrace_links(hid_t group, void (*take)(void *, const char *), void *context) {
    millrace_link_taker taker = {take, context};
    hsize_t first = 0;
#if H5_VERSION_GE(1, 12, 0)
    return H5Literate2(group, H5_INDEX_NAME, H5_ITER_NATIVE, &first, millrace_take_link, &taker);
#else
    return H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, &first, millrace_take_link, &taker);
#endif
}

// The thread sanitizer's runtime, where a program has it: its locks do not survive a fork of several threads.
extern void __tsan_init(void) __attribute__((weak));

// Runs `body` in a child process, and returns the signal that ended the child, or 0. A child that computes for
// `seconds` of processor time ends with SIGXCPU. One that has only waited after `patience` seconds is killed and counts
// as ended well, and so does one that the system has no room for: the caller then goes on as if nothing had been tried.
// Swift does not import fork.
static inline int millrace_try(void (*body)(void *), void *context, unsigned seconds, unsigned patience) {
    if (__tsan_init) return 0;
    pid_t child = fork();
    if (child < 0) return 0;
    if (child == 0) {
        // A crash here is expected: no report, no core file.
        int const fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP, SIGXCPU};
        for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) signal(fatal[i], SIG_DFL);
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        struct rlimit time = {seconds, seconds + 1};
        setrlimit(RLIMIT_CPU, &time);
        int silence = open("/dev/null", O_WRONLY);
        if (silence >= 0) {
            dup2(silence, 1);
            dup2(silence, 2);
        }
        body(context);
        _exit(0);
    }
    int status = 0;
    useconds_t const pause = 200;
    for (uint64_t waited = 0; waited < (uint64_t)patience * 1000000; waited += pause) {
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        if (ended < 0 && errno != EINTR) return 0;
        usleep(pause);
    }
    kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return 0;
}

#endif
