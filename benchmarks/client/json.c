/* A scanner of what a server sends; it finds the ends of values and leaves the rest alone. */
#include "json.h"

#include <string.h>

const char *json_space(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) at++;
    return at;
}

/* `at` is behind the opening quote; returns the closing one. */
static const char *closing_quote(const char *at, const char *end) {
    for (;;) {
        const char *quote = memchr(at, '"', end - at);
        if (!quote) return NULL;
        const char *slash = quote;
        while (slash > at && slash[-1] == '\\') slash--;
        if ((quote - slash) % 2 == 0) return quote;
        at = quote + 1;
    }
}

const char *json_value(const char *at, const char *end, struct span *value) {
    at = json_space(at, end);
    if (at >= end) return NULL;
    const char *start = at;
    if (*at == '"') {
        const char *quote = closing_quote(at + 1, end);
        if (!quote) return NULL;
        *value = (struct span){start + 1, quote - start - 1};
        return quote + 1;
    }
    if (*at == '{' || *at == '[') {
        for (int depth = 0; at < end; at++) {
            if (*at == '"') {
                at = closing_quote(at + 1, end);
                if (!at) return NULL;
            } else if (*at == '{' || *at == '[') {
                depth++;
            } else if ((*at == '}' || *at == ']') && --depth == 0) {
                *value = (struct span){start, at + 1 - start};
                return at + 1;
            }
        }
        return NULL;
    }
    while (at < end && *at != ',' && *at != '}' && *at != ']' && *at != ' ' && *at != '\n') at++;
    *value = (struct span){start, at - start};
    return at > start ? at : NULL;
}

bool json_member(const char **place, const char *end, struct span *key, struct span *value) {
    const char *at = json_space(*place, end);
    if (at < end && *at == ',') at = json_space(at + 1, end);
    if (at >= end || *at != '"') {
        *place = at < end && *at == '}' ? at + 1 : NULL;
        return false;
    }
    at = json_value(at, end, key);
    if (at) at = json_space(at, end);
    if (!at || at >= end || *at != ':') {
        *place = NULL;
        return false;
    }
    *place = json_value(at + 1, end, value);
    return *place != NULL;
}

bool span_is(struct span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

uint64_t span_number(struct span span) {
    uint64_t number = 0;
    for (size_t i = 0; i < span.len && span.at[i] >= '0' && span.at[i] <= '9'; i++)
        number = number * 10 + (uint64_t)(span.at[i] - '0');
    return number;
}
