// CImages: libjpeg and libpng behind functions that return a status.
//
// Both libraries report errors by longjmp, which may not cross frames of Swift: every call of them is made, and every
// jump of theirs is caught, inside of these functions. Rows are pulled by the caller, who owns all pixels; nothing here
// looks at files. A reader is used by one thread at a time.
#ifndef CIMAGES_H
#define CIMAGES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a reader makes of the image that was begun.
struct millrace_image_layout {
    // Pixels of what is read.
    uint32_t height, width;
    // Bytes of a pixel: 1 grey, 3 RGB, 4 RGBA or, when `is_cmyk`, CMYK as it is stored.
    int channels;
    int is_cmyk;
    // The rows come in several passes: only all of them at once can be read.
    int is_interlaced;
};

struct millrace_jpeg;

// A reader that can be used for one image after the other. Null when memory is short.
struct millrace_jpeg *millrace_jpeg_create(void);
void millrace_jpeg_destroy(struct millrace_jpeg *jpeg);

// Begins a whole file in memory, which stays where it is until the last row has been read, at 1, 1/2, 1/4 or 1/8 of its
// size. The channels of the rows are those asked for (1, 3, 4), or 3 where 1 is asked of an image in colour, or 4 of CMYK.
// Returns 0, or -1 with a message. An image that was begun before is given up.
int millrace_jpeg_begin(
    struct millrace_jpeg *jpeg, const uint8_t *bytes, size_t count, int denominator, int channels,
    struct millrace_image_layout *layout);

// Reads the next `count` rows, which lie `stride` bytes apart. Returns 0, or -1 with a message: the image is damaged or
// incomplete.
int millrace_jpeg_read(struct millrace_jpeg *jpeg, uint8_t *rows, size_t stride, uint32_t count);

// Gives up what is left of the image, and its memory.
void millrace_jpeg_end(struct millrace_jpeg *jpeg);

// The message of the last call that failed.
const char *millrace_jpeg_message(const struct millrace_jpeg *jpeg);

struct millrace_png;

// The same for PNG. The channels of the rows are those asked for, or 3 where 1 is asked of an image in colour; 16-bit
// samples give their high byte; alpha is dropped, or added as 255, or made from tRNS; gamma and profiles are not applied.
struct millrace_png *millrace_png_create(void);
void millrace_png_destroy(struct millrace_png *png);
int millrace_png_begin(
    struct millrace_png *png, const uint8_t *bytes, size_t count, int channels, struct millrace_image_layout *layout);

// Reads the next rows; of an interlaced image all of them.
int millrace_png_read(struct millrace_png *png, uint8_t *rows, size_t stride, uint32_t count);

// Checks that the file is whole behind the last row.
int millrace_png_finish(struct millrace_png *png);
void millrace_png_end(struct millrace_png *png);
const char *millrace_png_message(const struct millrace_png *png);

#ifdef __cplusplus
}
#endif
#endif
