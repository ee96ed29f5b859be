#include "filters.h"
#include "usage.h"

#include <string.h>

#include "base/clock.h"

struct vocabulary {
    const struct filter_word *words;
    size_t count;
};

static status find_state(const struct vocabulary *vocabulary, bytes word, int32_t *ret_state)
{
    for (size_t i = 0; i < vocabulary->count; i++) {
        if (bytes_equal_str(word, vocabulary->words[i].word)) {
            *ret_state = vocabulary->words[i].state;
            return STATUS_OK;
        }
    }
    return usage_wrong("--status", TEXT_USE_STATES);
}

status filter_states(const char *list, const struct filter_word *words, size_t word_count,
                     int32_t states[FILTER_STATES_MAX], size_t *ret_count)
{
    const struct vocabulary vocabulary = {words, word_count};
    size_t count = 0;
    for (const char *word = list; word != NULL && *word != '\0';) {
        size_t len = strcspn(word, ",");
        if (count == FILTER_STATES_MAX) {
            return usage_wrong("--status", TEXT_USE_STATES);
        }
        TRY(find_state(&vocabulary, bytes_of(word, len), &states[count++]));
        word += len + (word[len] == ',' ? 1 : 0);
    }
    *ret_count = count;
    return STATUS_OK;
}

status filter_since(struct hayat *hayat, const char *text, Google__Protobuf__Timestamp **ret)
{
    struct date date;
    if (text == NULL) {
        return STATUS_OK;
    }
    if (!date_parse(text, &date)) {
        return usage_wrong("--updated-since", TEXT_USE_DATE);
    }
    Google__Protobuf__Timestamp *message = arena_alloc(&hayat->arena, sizeof *message);
    TRY(arena_check(&hayat->arena));
    google__protobuf__timestamp__init(message);
    message->seconds = date_to_days(date) * 24 * 3600;
    *ret = message;
    return STATUS_OK;
}
