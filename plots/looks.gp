# looks.gp: what a driver looks like, the same in every picture. Loaded by style.gp.
#
# The hue is the kind of model, as in `waitbench list`; lightness and the mark are the driver of that
# kind; a dashed line is a program in another language. The hues are those of Okabe and Ito or near them
# (https://jfly.uni-koeln.de/color/), distinct with any kind of colour vision; within a kind lightness differs,
# also in greyscale, and the mark is repeated before the name at a line's end.

# name:RRGGBB,point,dash,letter,kind, kind by kind in the order of keys and rows. The letter is the mark on a text
# terminal. Fields have fixed widths. Any other name gets a look from spare_look; the null driver is not drawn.
kinds = "serial threads processes readiness completion coroutines"
kind_colours = "000000 D55E00 DDBB20 0064A8 009E73 CC79A7"
looks = " sequential:000000,03,1,S,1"
looks = looks." thread-per-request:8A2F00,09,1,H,2 threadpool:D55E00,05,1,T,2"
looks = looks." fork-per-request:8C7638,15,1,F,3 prefork:DDBB20,11,1,P,3"
looks = looks." select:86C5EE,10,1,C,4 poll:5AAEE0,11,1,Y,4 epoll:2F95D0,06,1,E,4 epoll-et:1B7DB8,08,1,G,4"
looks = looks." libev:0064A8,07,1,L,4 libev-offload:2C3E9E,04,1,O,4"
looks = looks." libevent:4C6FD2,15,1,V,4 libuv:003A5D,09,1,U,4 multiloop:7B7FD9,13,1,M,4"
looks = looks." io_uring:009E73,13,1,I,5"
looks = looks." coroutine:CC79A7,12,1,K,6 coroutine-asm:8C3F70,13,1,X,6 st:E3A3C6,14,1,Z,6"
looks = looks." python-threads:A84300,04,2,t,2 python-asyncio:00508A,06,2,a,4 python-uvloop:3A8BD0,12,2,u,4"
looks = looks." go:A4508A,08,2,g,6 node:3F4BB0,14,2,n,4"

driver_order = ""
do for [each in looks] { driver_order = driver_order." ".each[1:strstrt(each, ":") - 1] }

look(d) = (strstrt(looks, " ".d.":") \
    ? looks[strstrt(looks, " ".d.":") + strlen(d) + 2 : strstrt(looks, " ".d.":") + strlen(d) + 16] \
    : spare_look(d))
own_colour(d) = look(d)[1:6]
look_point(d) = int("1".look(d)[8:9]) - 100    # "09" alone would be read as octal
look_dash(d) = int(look(d)[11:11])
look_letter(d) = look(d)[13:13]
look_kind(d) = int(look(d)[15:15])    # its place in `kinds`, or 0

# A look from a hash of the name: the same in every picture. A user's own program is dashed.
letters = "abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ./:"
ending(s, n) = (strlen(s) > n ? s[strlen(s) - n + 1:] : s)
hash(s) = (strlen(s) ? (strstrt(letters, s[1:1]) + 31 * hash(s[2:])) % 9973 : 7)
spare_colours = "6B4A2B 44803F 00838F 5B4B9A"
spare_look(d) = spare_from(d, hash(ending(d, 40)))
spare_from(d, h) = sprintf("%s,%02d,%d,%s,0", word(spare_colours, 1 + h % 4), 4 + (h / 4) % 12, d[1:5] eq "exec:" ? 2 : 1, strstrt(letters, d[1:1]) ? d[1:1] : "?")

set dashtype 1 solid
set dashtype 2 (11, 4)
set dashtype 3 (2, 4)    # the ideal, and what is no line of measured points

# ---- whose a mark is -------------------------------------------------------------------------------------
# The page of a campaign hides what belongs to a driver, a server model or a backlog. gnuplot has no word for an
# element's owner; but each mark of a driver has a colour from here. So in an SVG such a colour is a number, which
# marks.awk replaces by the colour proper and the owners. A script says of which backlog and server model what it
# draws next is: of_backlog(b) and of_model(m), "" if of none or of all. Either returns "", to be used in expressions.
OWNED = "F1"    # the red of the numbers: no colour here has it with so little green
is_owned = (format eq "svg" && strlen(output) > 0)
owned_drivers = ""; owned_backlogs = ""; owned_models = ""; owned_colours = ""
owner_backlog = 0; owner_model = 0
of_backlog(b) = (owner_backlog = (b eq "" ? 0 : place_of_backlog(b)), "")
of_model(m) = (owner_model = (m eq "" ? 0 : place_of_model(m)), "")
# What else the page's script is told, such as "logarithmic".
told = ""
tell(w) = (told = told." ".w, "")
# The place of a word in a list, to which it is added if it is not there.
place_of_driver(d) = (is_in(owned_drivers, d) ? 0 : (owned_drivers = owned_drivers." ".d), place_in(owned_drivers, d))
place_of_backlog(b) = (is_in(owned_backlogs, b) ? 0 : (owned_backlogs = owned_backlogs." ".b), place_in(owned_backlogs, b))
place_of_model(m) = (is_in(owned_models, m) ? 0 : (owned_models = owned_models." ".m), place_in(owned_models, m))
place_of_colour(c) = (is_in(owned_colours, c) ? 0 : (owned_colours = owned_colours." ".c), place_in(owned_colours, c))
owned(rgb, d) = (!is_owned || d eq "" ? rgb : OWNED.sprintf("%04X", \
    place_of_colour(sprintf("%s,%d,%d,%d", rgb, place_of_driver(d), owner_backlog, owner_model))))

# The same for a colour that is a number, as in `rgb variable`.
owned_number(rgb, d) = (is_owned ? int("0x".owned(sprintf("%06X", rgb), d)) : rgb)
unseen(rgb) = rgb - 0x1000000    # transparent: an alpha of 255 in a signed number

# ---- highlighting and crowds ---------------------------------------------------------------------------
# `highlight` is the names of drivers, separated by commas, or empty. If not, all others are grey, thin and
# behind. A script sets `crowded` if a panel has more than MANY lines.
MANY = 8
crowded = 0
is_lit(d) = (highlight eq "" || strstrt(",".highlight.",", ",".d.","))
unlit = "BBBBBB"
lit_colour(d) = (is_lit(d) ? own_colour(d) : unlit)
look_colour(d) = "#".owned(lit_colour(d), d)
look_faint(d) = "#60".owned(lit_colour(d), d)
look_tint(d) = "#B8".owned(lit_colour(d), d)
look_text(d) = "#".owned(is_lit(d) ? ink[2:] : "767676", d)
look_unseen(d) = "#FF".owned(lit_colour(d), d)    # transparent
look_ring(d) = "#".owned(grey[2:], d)    # around what is NOISY
look_leader(d) = (crowded ? look_faint(d) : "#".owned("BBBBBB", d))
look_width(d) = (!is_lit(d) ? 1.0 : highlight ne "" ? 2.4 : crowded ? 1.5 : 2.0)
look_size(d) = (!is_lit(d) ? 0.5 : crowded && highlight eq "" ? 0.75 : 1.0)
# The list with i added: what is drawn later is in front.
with_line(list, i, d) = (is_lit(d) ? list.sprintf(" %d", i) : sprintf(" %d", i).list)
commas(s) = (strstrt(s, ",") ? s[1:strstrt(s, ",") - 1].", ".commas(s[strstrt(s, ",") + 1:]) : s)
highlight_words = (highlight eq "" ? "" : "in colour: ".commas(highlight))

# A name in pictures: of the long path of a user's program, the end.
named(d) = (strlen(d) > 24 ? d[1:5]."…".ending(d, 18) : d)
