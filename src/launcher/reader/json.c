#define _GNU_SOURCE
#include "json.h"

/* Length of the UTF-8 character at `s`; 0 when it is none (RFC 3629: shortest forms, no surrogates). */
static size_t utf8_length(const unsigned char *s, size_t left) {
    if (s[0] < 0x80) return 1;
    size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || left < length) return 0;
    for (size_t i = 1; i < length; i++) if ((s[i] & 0xc0) != 0x80) return 0;
    int is_bad = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
                 (s[0] == 0xf4 && s[1] > 0x8f);
    return is_bad ? 0 : length;
}

/* How many characters stand for themselves, in one byte each: nearly all of most lines. */
static size_t plain_run(const char *bytes, size_t size) {
    size_t run = 0;
    for (; run < size; run++) {
        unsigned char c = (unsigned char)bytes[run];
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') break;
    }
    return run;
}

/* A JSON string. 0 when the bytes are no UTF-8: then it holds the replacement character for each that is none. */
static int append_json(struct text *text, const char *bytes, size_t size) {
    int is_exact = 1;
    append(text, "\"", 1);
    for (size_t i = 0, length; i < size; i += length) {
        length = plain_run(bytes + i, size - i);
        append(text, bytes + i, length);
        i += length;
        if (i == size) break;
        unsigned char c = (unsigned char)bytes[i];
        length = utf8_length((const unsigned char *)bytes + i, size - i);
        if (length == 0) {
            is_exact = 0;
            length = 1;
            append_string(text, "\xef\xbf\xbd");
        } else if (c == '"' || c == '\\') {
            append(text, "\\", 1);
            append(text, bytes + i, 1);
        } else if (c < 0x20 || c == 0x7f) {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", c);
            append_string(text, escape);
        } else {
            append(text, bytes + i, length);
        }
    }
    append(text, "\"", 1);
    return is_exact;
}

static void append_base64(struct text *text, const unsigned char *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        unsigned long group = (unsigned long)bytes[i] << 16 | (i + 1 < size ? bytes[i + 1] : 0UL) << 8 |
                              (i + 2 < size ? bytes[i + 2] : 0UL);
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63], digits[group & 63]};
        if (i + 2 >= size) four[3] = '=';
        if (i + 1 >= size) four[2] = '=';
        append(text, four, 4);
    }
}

void append_object(struct text *text, const struct spec *spec, const struct text *time, const char *line, size_t size) {
    char process[64];
    append_string(text, "{\"timestamp\":");
    append_json(text, time->bytes, time->size);
    snprintf(process, sizeof process, ",\"type\":\"%s\",\"process_id\":%ld,\"app_name\":", spec->stream, spec->process);
    append_string(text, process);
    append_json(text, spec->name, strlen(spec->name));
    append_string(text, ",\"message\":");
    if (!append_json(text, line, size)) {
        append_string(text, ",\"base64\":\"");
        append_base64(text, (const unsigned char *)line, size);
        append(text, "\"", 1);
    }
    append_string(text, "}\n");
}
