#include "tools/hayatctl/demo_photo.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/codec.h"
#include "tools/hayatctl/demo_dice.h"
#include "tools/hayatctl/demo_member.h"

enum {
    WIDTH = 76, /* with HEIGHT: a sealed photo fills one page of the store */
    HEIGHT = 95,
    CANVAS_WIDTH = 104, /* what the figures below are drawn on, then sampled */
    CANVAS_HEIGHT = 130,
    ROW_BYTES = 1 + WIDTH / 2, /* filter byte, then two pixels a byte */
    RAW_BYTES = ROW_BYTES * HEIGHT,
    COLOURS = 16,
};

/* Palette entries; each shade pair is mixed by a chequered pattern. */
enum ink {
    SKY,
    SKY_LOW,
    SKY_MID,
    SKIN,
    SKIN_DARK,
    SKIN_LIGHT,
    HAIR,
    HAIR_LIGHT,
    CLOTH,
    CLOTH_DARK,
    COLLAR,
    WHITE,
    IRIS,
    LIP,
    BROW,
    FRAME,
};

struct look {
    uint8_t palette[COLOURS][3];
    int32_t face_width, face_height, eye_gap;
    bool scarf, long_hair, bald, glasses, moustache;
};

static const uint8_t skins[][3] = {
    {236, 201, 172}, {224, 183, 148}, {205, 160, 122}, {181, 134, 98}, {146, 103, 74}};
static const uint8_t hairs[][3] = {{30, 24, 22}, {52, 36, 27}, {78, 52, 36}, {24, 22, 30}};
static const uint8_t cloths[][3] = {{52, 73, 110},  {120, 47, 54}, {49, 99, 88}, {84, 84, 92},
                                    {140, 110, 66}, {92, 62, 112}, {38, 60, 78}, {160, 150, 138}};
static const uint8_t skies[][3] = {
    {206, 218, 228}, {222, 218, 208}, {208, 222, 212}, {226, 222, 228}};

static uint8_t scaled(uint8_t value, int32_t percent)
{
    int32_t v = (int32_t)value * percent / 100;
    return (uint8_t)(v > 255 ? 255 : v);
}

static void mix(struct look *look, enum ink ink, const uint8_t colour[3], int32_t percent)
{
    for (int i = 0; i < 3; i++) {
        look->palette[ink][i] = scaled(colour[i], percent);
    }
}

static void colour_look(struct look *look, struct dice *dice, bool old)
{
    static const uint8_t grey[3] = {168, 168, 170}, white[3] = {244, 244, 242},
                         black[3] = {36, 32, 34};
    static const uint8_t lip[3] = {172, 88, 84}, iris[3] = {62, 44, 32};
    const uint8_t *skin = skins[dice_below(dice, sizeof(skins) / sizeof(skins[0]))];
    const uint8_t *hair = old ? grey : hairs[dice_below(dice, sizeof(hairs) / sizeof(hairs[0]))];
    const uint8_t *cloth = cloths[dice_below(dice, sizeof(cloths) / sizeof(cloths[0]))];
    const uint8_t *sky = skies[dice_below(dice, sizeof(skies) / sizeof(skies[0]))];
    mix(look, SKY, sky, 104);
    mix(look, SKY_MID, sky, 98);
    mix(look, SKY_LOW, sky, 92);
    mix(look, SKIN, skin, 100);
    mix(look, SKIN_DARK, skin, 88);
    mix(look, SKIN_LIGHT, skin, 106);
    const uint8_t *scarf = cloths[dice_below(dice, sizeof(cloths) / sizeof(cloths[0]))];
    mix(look, HAIR, look->scarf ? scarf : hair, 100);
    mix(look, HAIR_LIGHT, look->scarf ? scarf : hair, 122);
    mix(look, CLOTH, cloth, 100);
    mix(look, CLOTH_DARK, cloth, 82);
    mix(look, COLLAR, cloth, 128);
    mix(look, WHITE, white, 100);
    mix(look, IRIS, iris, 100);
    mix(look, LIP, lip, 100);
    mix(look, BROW, hair, 90);
    mix(look, FRAME, black, 100);
}

/* Photos come in six groups: child, adult, old; in each male, then female (demo_member.c picks by
   group). */
static void make_look(uint64_t seed, int32_t number, struct look *look)
{
    struct dice dice = dice_for(seed, DICE_PHOTO, (uint64_t)number);
    int32_t group = number / (DEMO_PHOTOS / 6);
    bool female = group % 2 == 1, old = group >= 4, child = group < 2;
    memset(look, 0, sizeof(*look));
    look->scarf = female && !child && dice_chance(&dice, old ? 75 : 45);
    colour_look(look, &dice, old);
    look->face_width = dice_between(&dice, 21, 26) - (female ? 1 : 0);
    look->face_height = dice_between(&dice, 29, 33) - (child ? 3 : 0);
    look->eye_gap = dice_between(&dice, 9, 11);
    look->long_hair = female && !look->scarf;
    look->bald = !female && !child && dice_chance(&dice, old ? 45 : 12);
    look->glasses = dice_chance(&dice, old ? 45 : child ? 10 : 22);
    look->moustache = !female && !child && dice_chance(&dice, 45);
}

static bool inside(int32_t x, int32_t y, int32_t rx, int32_t ry)
{
    return x * x * ry * ry + y * y * rx * rx <= rx * rx * ry * ry;
}

/* The features of the face; X and Y from its middle.  False when there is only skin here. */
static bool face_ink(const struct look *look, int32_t x, int32_t y, enum ink *ret)
{
    int32_t ax = x < 0 ? -x : x;
    int32_t eye_x = ax - look->eye_gap, eye_y = y + 3;
    if (look->glasses && inside(eye_x, eye_y, 9, 7) && !inside(eye_x, eye_y, 7, 5)) {
        *ret = FRAME;
    } else if (inside(eye_x, eye_y, 2, 2)) {
        *ret = IRIS;
    } else if (inside(eye_x, eye_y, 4, 2)) {
        *ret = WHITE;
    } else if ((y == -10 || y == -11) && eye_x > -6 && eye_x < 6) {
        *ret = BROW;
    } else if (inside(x, y - 8, 3, 2)) {
        *ret = SKIN_DARK;
    } else if (look->moustache && inside(x, y - 13, 9, 2)) {
        *ret = BROW;
    } else if (inside(x, y - 17, 7, 2)) {
        *ret = LIP;
    } else {
        return false;
    }
    return true;
}

static enum ink body_ink(const struct look *look, int32_t x, int32_t y)
{
    int32_t ax = x < 0 ? -x : x;
    if (inside(x, y - 128, 12, 30) && ax < 12 - (y - 98) / 3) {
        return look->scarf ? HAIR_LIGHT : SKIN_DARK;
    }
    if (inside(x, y - 134, 46, 38)) {
        if (ax < 4 + (y - 96) / 8) {
            return COLLAR;
        }
        return ax > 34 ? CLOTH_DARK : CLOTH;
    }
    bool odd = ((x + y) & 1) != 0;
    return y < 40 ? (odd ? SKY : SKY_MID) : (odd ? SKY_MID : SKY_LOW);
}

static enum ink pixel(const struct look *look, int32_t column, int32_t row)
{
    int32_t x = column * CANVAS_WIDTH / WIDTH - CANVAS_WIDTH / 2;
    int32_t canvas_y = row * CANVAS_HEIGHT / HEIGHT, y = canvas_y - 58;
    enum ink ink;
    bool face = inside(x, y, look->face_width, look->face_height);
    int32_t hairline = look->bald ? -look->face_height : -look->face_height + 12 + x * x / 90;
    if (face && (y > hairline || look->scarf) && !(look->scarf && y < -look->face_height + 9)) {
        if (face_ink(look, x, y, &ink)) {
            return ink;
        }
        bool odd = ((x + y) & 1) != 0;
        return x < -look->face_width / 2 && odd  ? SKIN_LIGHT
               : x > look->face_width / 2 && odd ? SKIN_DARK
                                                 : SKIN;
    }
    int32_t margin = look->bald ? 1 : look->scarf ? 8 : 5;
    bool head = inside(x, y + 3, look->face_width + margin, look->face_height + margin);
    bool below = (look->long_hair || look->scarf) && y > 0 && y < 46 &&
                 inside(x, y - 10, look->face_width + margin + 4, 44);
    if ((head && (y < 4 || look->scarf)) || below) {
        return ((x + 2 * y) & 7) == 0 ? HAIR_LIGHT : HAIR;
    }
    if (inside(x, y - look->face_height + 2, 11, 16)) {
        return SKIN_DARK;
    }
    return body_ink(look, x, canvas_y);
}

/* --- the PNG file --- */

static uint32_t crc32_of(const uint8_t *data, size_t len)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

static uint32_t adler32_of(const uint8_t *data, size_t len)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < len; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* Length, type, data, checksum; returns where the next chunk begins. */
static uint8_t *put_chunk(uint8_t *out, const char *type, const uint8_t *data, size_t len)
{
    put_be32(out, (uint32_t)len);
    memcpy(out + 4, type, 4);
    if (len > 0) {
        memcpy(out + 8, data, len);
    }
    put_be32(out + 8 + len, crc32_of(out + 4, len + 4));
    return out + 12 + len;
}

/* zlib's wrapping of one stored block. */
static size_t store_deflate(const uint8_t *raw, uint16_t len, uint8_t *out)
{
    const uint8_t head[] = {0x78,
                            0x01,
                            0x01,
                            (uint8_t)(len & 0xff),
                            (uint8_t)(len >> 8),
                            (uint8_t)(~len & 0xff),
                            (uint8_t)((uint16_t)~len >> 8)};
    memcpy(out, head, sizeof(head));
    memcpy(out + sizeof(head), raw, len);
    put_be32(out + sizeof(head) + len, adler32_of(raw, len));
    return sizeof(head) + len + 4;
}

static void draw(const struct look *look, uint8_t raw[RAW_BYTES])
{
    for (int32_t y = 0; y < HEIGHT; y++) {
        uint8_t *row = raw + (size_t)y * ROW_BYTES;
        row[0] = 0;
        for (int32_t x = 0; x < WIDTH; x += 2) {
            row[1 + x / 2] = (uint8_t)(pixel(look, x, y) << 4 | pixel(look, x + 1, y));
        }
    }
}

size_t demo_photo_make(uint64_t seed, int32_t number, uint8_t out[DEMO_PHOTO_BYTES_MAX])
{
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    assert(number >= 0 && number < DEMO_PHOTOS);
    struct look look;
    make_look(seed, number, &look);
    uint8_t raw[RAW_BYTES];
    draw(&look, raw);
    uint8_t header[13] = {0, 0, 0, WIDTH, 0, 0, 0, HEIGHT, 4, 3, 0, 0, 0}; /* 4 bits, palette */
    uint8_t data[RAW_BYTES + 16];
    size_t data_len = store_deflate(raw, RAW_BYTES, data);
    memcpy(out, signature, sizeof(signature));
    uint8_t *end = put_chunk(out + sizeof(signature), "IHDR", header, sizeof(header));
    end = put_chunk(end, "PLTE", look.palette[0], sizeof(look.palette));
    end = put_chunk(end, "IDAT", data, data_len);
    end = put_chunk(end, "IEND", NULL, 0);
    size_t len = (size_t)(end - out);
    assert(len <= DEMO_PHOTO_BYTES_MAX);
    return len;
}
