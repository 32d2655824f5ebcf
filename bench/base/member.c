#include "member.h"

int64_t member_integer(const struct member *member, const void *of)
{
    const void *place = member_in(member, of);
    switch (member->size) {
    case sizeof(bool): return *(const bool *)place;
    case sizeof(int):
        if (member->type == MEMBER_SIGNED)
            return *(const int *)place;
        return *(const unsigned *)place;
    default: return *(const int64_t *)place;
    }
}

void member_set_integer(const struct member *member, void *of, int64_t value)
{
    void *place = member_of(member, of);
    switch (member->size) {
    case sizeof(bool): *(bool *)place = value != 0; break;
    case sizeof(int): *(unsigned *)place = (unsigned)value; break;
    default: *(int64_t *)place = value;
    }
}
