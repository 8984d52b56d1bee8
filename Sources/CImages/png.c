// PNG with libpng's row reader: the simplified interface would apply gamma, which no other reader of training data does.

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "include/CImages.h"

struct millrace_png {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count;
    int passes;
    char message[200];
};

static void on_error(png_structp png, png_const_charp message) {
    struct millrace_png *reader = png_get_error_ptr(png);
    snprintf(reader->message, sizeof reader->message, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    struct millrace_png *reader = png_get_io_ptr(png);
    if (count > reader->count) png_error(png, "the file ends within the image: it is truncated");
    memcpy(out, reader->bytes, count);
    reader->bytes += count;
    reader->count -= count;
}

struct millrace_png *millrace_png_create(void) { return calloc(1, sizeof(struct millrace_png)); }

void millrace_png_end(struct millrace_png *reader) {
    if (reader->png) png_destroy_read_struct(&reader->png, &reader->info, NULL);
    reader->png = NULL;
    reader->info = NULL;
}

void millrace_png_destroy(struct millrace_png *reader) {
    millrace_png_end(reader);
    free(reader);
}

// Has libpng give 8-bit rows of 1 (grey images only), 3 or 4 channels.
static void choose_transformations(struct millrace_png *reader, int channels, struct millrace_image_layout *layout) {
    png_structp png = reader->png;
    int color = png_get_color_type(png, reader->info) & (PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_PALETTE);
    int has_alpha = (png_get_color_type(png, reader->info) & PNG_COLOR_MASK_ALPHA) ||
                    png_get_valid(png, reader->info, PNG_INFO_tRNS);
    layout->channels = channels == 1 && color ? 3 : channels;
    png_set_expand(png);
    png_set_strip_16(png);
    if (layout->channels >= 3 && !color) png_set_gray_to_rgb(png);
    if (layout->channels < 4 && has_alpha) png_set_strip_alpha(png);
    if (layout->channels == 4 && !has_alpha) png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
}

int millrace_png_begin(
    struct millrace_png *reader, const uint8_t *bytes, size_t count, int channels,
    struct millrace_image_layout *layout) {
    // Chunks that change no pixel here: a damaged profile or comment should not cost the image.
    static const png_byte skipped[] = "iCCP\0iTXt\0tEXt\0zTXt\0eXIf\0gAMA\0cHRM\0sRGB\0hIST\0sPLT\0tIME\0pHYs\0bKGD";
    millrace_png_end(reader);
    reader->bytes = bytes;
    reader->count = count;
    snprintf(reader->message, sizeof reader->message, "out of memory");
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
    if (reader->png) reader->info = png_create_info_struct(reader->png);
    if (!reader->info || setjmp(png_jmpbuf(reader->png))) {
        millrace_png_end(reader);
        return -1;
    }
    png_set_read_fn(reader->png, reader, read_bytes);
    // Also of chunks that are not needed to see pixels, tRNS and eXIf among them: libpng would warn and leave them out.
    png_set_crc_action(reader->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_user_limits(reader->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_keep_unknown_chunks(reader->png, PNG_HANDLE_CHUNK_NEVER, skipped, sizeof skipped / 5);
    png_read_info(reader->png, reader->info);
    choose_transformations(reader, channels, layout);
    reader->passes = png_set_interlace_handling(reader->png);
    png_read_update_info(reader->png, reader->info);
    layout->height = png_get_image_height(reader->png, reader->info);
    layout->width = png_get_image_width(reader->png, reader->info);
    layout->is_cmyk = 0;
    layout->is_interlaced = reader->passes > 1;
    if (png_get_rowbytes(reader->png, reader->info) != (size_t)layout->width * (size_t)layout->channels)
        png_error(reader->png, "rows of an unexpected layout");
    return 0;
}

int millrace_png_read(struct millrace_png *reader, uint8_t *rows, size_t stride, uint32_t count) {
    if (setjmp(png_jmpbuf(reader->png))) {
        millrace_png_end(reader);
        return -1;
    }
    for (int pass = 0; pass < reader->passes; pass++)
        for (uint32_t row = 0; row < count; row++) png_read_row(reader->png, rows + (size_t)row * stride, NULL);
    return 0;
}

int millrace_png_finish(struct millrace_png *reader) {
    if (setjmp(png_jmpbuf(reader->png))) {
        millrace_png_end(reader);
        return -1;
    }
    png_read_end(reader->png, NULL);
    return 0;
}

const char *millrace_png_message(const struct millrace_png *reader) { return reader->message; }
