/* Numbers with units: what is accepted is in range, and a time that is written exactly is read back
 * unchanged. Any number fits the buffer that formats it. */
#include "fuzz.h"

#include "lib/units.h"

static void check_formats(int64_t number)
{
    static char *(*const formats[])(int64_t, char *) = {units_format_time, units_format_time_exact,
                                                        units_format_talk, units_format_bytes};
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        char *buffer = malloc(UNITS_TEXT_BYTES);
        assert(strlen(formats[i](number, buffer)) < UNITS_TEXT_BYTES - 1);
        free(buffer);
    }
}

static void check_time(const char *text)
{
    char buffer[UNITS_TEXT_BYTES];
    nsec_t time, again;
    if (units_parse_time(text, &time, NULL) < 0)
        return;
    assert(time >= 0 && time <= UNITS_TIME_MAX);
    assert(units_parse_time(units_format_time_exact(time, buffer), &again, NULL) == 0);
    assert(again == time);
    check_formats(time);
}

static void check_integer(const char *text)
{
    static const int64_t limits[] = {INT64_MIN, -1024, 0, 1, 65535, INT64_MAX};
    int64_t count, bytes, in_range;
    int result = units_parse_count(text, INT64_MIN, INT64_MAX, &count, NULL);
    assert(units_parse_bytes(text, INT64_MIN, INT64_MAX, &bytes, NULL) == result);
    assert(result < 0 || count == bytes);
    for (int i = 0; i < 5; i++) {
        bool expected = result == 0 && count >= limits[i] && count <= limits[i + 1];
        struct error error = {0};
        assert((units_parse_count(text, limits[i], limits[i + 1], &in_range, &error) == 0) ==
               expected);
        assert(expected ? in_range == count : *error.text != '\0');
        assert((units_parse_bytes(text, limits[i], limits[i + 1], &in_range, &error) == 0) ==
               expected);
    }
}

static void check_share(const char *text)
{
    double share;
    struct error error = {0};
    if (units_parse_share(text, &share, &error) == 0)
        assert(share > 0 && share <= 1);
    else
        assert(*error.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    check_time(text);
    check_integer(text);
    check_share(text);
    free(text);
    int64_t number;
    if (size >= sizeof(number))
        check_formats(*(int64_t *)memcpy(&number, data, sizeof(number)));
    return 0;
}
