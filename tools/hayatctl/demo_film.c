/* The films of demo_form.h: an MP4 as telephones write it, as far as its boxes go; its samples are noise, which no player would show. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "tools/hayatctl/demo_form.h"

enum { BOXES_DEEP = 8, SLACK_BYTES = 4096, TICKS = 1000, SECONDS = 25, SAMPLES = 20 };

struct film {
    uint8_t *data;
    size_t len, begun[BOXES_DEEP];
    int depth;
};

static void put_number(struct film *film, uint32_t number)
{
    put_be32(film->data + film->len, number);
    film->len += sizeof number;
}

static void put_zeroes(struct film *film, size_t len)
{
    memset(film->data + film->len, 0, len);
    film->len += len;
}

static void put_word(struct film *film, const char *word)
{
    memcpy(film->data + film->len, word, strlen(word));
    film->len += strlen(word);
}

static void begin(struct film *film, const char *name)
{
    film->begun[film->depth++] = film->len;
    put_number(film, 0);
    put_word(film, name);
}

static void end(struct film *film)
{
    const size_t at = film->begun[--film->depth];
    put_be32(film->data + at, (uint32_t)(film->len - at));
}

/* A version, no times, and how long it is. */
static void put_length(struct film *film)
{
    put_zeroes(film, 12);
    put_number(film, TICKS);
    put_number(film, SECONDS * TICKS);
}

static void put_media(struct film *film)
{
    begin(film, "minf");
    begin(film, "dinf");
    begin(film, "dref");
    put_number(film, 0);
    put_number(film, 1);
    begin(film, "url ");
    put_number(film, 1); /* in this file */
    end(film);
    end(film);
    end(film);
    begin(film, "stbl");
    begin(film, "stsz");
    put_zeroes(film, 8);
    put_number(film, SAMPLES);
    end(film);
    end(film);
    end(film);
}

static void put_track(struct film *film, const char *kind)
{
    begin(film, "trak");
    begin(film, "mdia");
    begin(film, "mdhd");
    put_length(film);
    end(film);
    begin(film, "hdlr");
    put_zeroes(film, 8);
    put_word(film, kind);
    put_zeroes(film, 13);
    end(film);
    put_media(film);
    end(film);
    end(film);
}

static void put_all(struct film *film, size_t sample_bytes)
{
    begin(film, "ftyp");
    put_word(film, "isom");
    put_number(film, 0);
    put_word(film, "isommp42");
    end(film);
    begin(film, "mdat");
    randombytes_buf(film->data + film->len, sample_bytes);
    film->len += sample_bytes;
    end(film);
    begin(film, "moov");
    begin(film, "mvhd");
    put_length(film);
    put_zeroes(film, 80);
    end(film);
    put_track(film, "vide");
    put_track(film, "soun");
    end(film);
}

struct demo_form demo_film_make(size_t sample_bytes)
{
    struct film film = {.data = malloc(sample_bytes + SLACK_BYTES)};
    struct demo_form form = {.bytes = film.data};
    if (film.data != NULL) {
        put_all(&film, sample_bytes);
        form.len = film.len;
        (void)crypto_hash_sha256(form.sha256, form.bytes, form.len);
    }
    return form;
}
