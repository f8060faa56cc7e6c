/* Reads JSON where it stands: values are spans of the input, nothing is copied or unescaped. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const char *at; /* strings: between the quotes */
    size_t len;
};

/* Each takes and returns a place in the input that ends at `end`, and NULL for bad input. */
const char *json_space(const char *at, const char *end);
const char *json_value(const char *at, const char *end, struct span *value);
/* At a key or the closing brace: false at the end of the object (and then `*at` is behind it). */
bool json_member(const char **at, const char *end, struct span *key, struct span *value);

bool span_is(struct span span, const char *text);
uint64_t span_number(struct span span);

#endif
