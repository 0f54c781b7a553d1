"""Small maps. Those of GNU ld, gold and lld are parts of what these linkers wrote; columns and words are as there."""

from __future__ import annotations

GNU_LD = """Archive member included to satisfy reference by file (symbol)

/a b (c)/libx.a(one.o)        /a b (c)/main.o (one(int))

Allocating common symbols
Common symbol       size              file

common              0xa0              /a b (c)/libx.a(one.o)

Discarded input sections

 .text          0x0000000000000000        0x0 /a b (c)/main.o
 .text._Z5nevervwith_a_long_name
                0x0000000000000000       0x77 /a b (c)/libx.a(one.o)

Memory Configuration

Name             Origin             Length             Attributes
*default*        0x0000000000000000 0xffffffffffffffff

Linker script and memory map

LOAD /usr/lib/crt1.o
LOAD /a b (c)/main.o
START GROUP
LOAD /a b (c)/libx.a
END GROUP
                [!provide]                        PROVIDE (__executable_start = SEGMENT_START ("text-segment", 0x0))
                0x0000000000000350                . = (SEGMENT_START ("text-segment", 0x0) + SIZEOF_HEADERS)

.hash
 *(.hash)

.plt            0x0000000000001000       0x20
 *(.plt)
 .plt           0x0000000000001000       0x20 /usr/lib/crt1.o
                0x0000000000001010                printf@@GLIBC_2.2.5
 *(.iplt)

.text           0x0000000000001020       0xb0
 *(.text.unlikely .text.*_unlikely .text.unlikely.*)
 .text.startup.main
                0x0000000000001020       0x2a /a b (c)/main.o
                0x0000000000001020                main
 libx.a:one.o(.text.hot)
 *fill*         0x000000000000104a        0x6 90909090
 .text          0x0000000000001050       0x30 /a b (c)/libx.a(one.o)
                                         0x3c (size before relaxing)
                0x0000000000001050                one(int)
                0x0000000000001050                other name of it(int)
                0x0000000000001070                Type::operator=(Type const&) [clone .cold]
                0x0000000000001080                . = ALIGN (0x10)
                0x0000000000001080        0x4 LONG 0x1234
                0x0000000000001084                PROVIDE (__etext = .)
 .text          0x0000000000001084        0x8 /a b (c)/main.o
                0x0000000000001084                ASSERT ((SIZEOF (.text) > 0x0), no code)
                0x0000000000001084                . += 0x0
                0x0000000000001088                end_of_code = .
 odd_section    0x0000000000001090       0x40 /tmp/ccAbCd.ltrans0.ltrans.o

.rodata         0x00000000000010d0       0x38
 .rodata.str1.1
                0x00000000000010d0       0x20 /a b (c)/main.o
 .rodata.str1.1
                0x00000000000010f0       0x11 /a b (c)/libx.a(one.o)
 .rodata.cst8   0x00000000000010f0       0x18 /a b (c)/libx.a(one.o)

.an_output_section_of_a_long_name
                0x0000000000002000       0x10 load address 0x0000000000009000
 .text.stub     0x0000000000002000       0x10 linker stubs

.bss            0x0000000000003000       0xc1
 *(.dynbss)
 .dynbss        0x0000000000003000        0x0 /usr/lib/crt1.o
 .bss           0x0000000000003000        0x1 /usr/lib/crt1.o
 *fill*         0x0000000000003001       0x1f
 *(COMMON)
 COMMON         0x0000000000003020       0xa1 /a b (c)/libx.a(one.o)
                0x0000000000003020                common
                0x00000000000030c1                . = ALIGN ((. != 0x0)?0x8:0x1)
OUTPUT(/a b (c)/it elf64-x86-64)
LOAD linker stubs

.comment        0x0000000000000000       0x27
 *(.comment)
 .comment       0x0000000000000000       0x27 /usr/lib/crt1.o
                                         0x28 (size before relaxing)
 .comment       0x0000000000000027       0x28 /a b (c)/main.o

Cross Reference Table

Symbol                                            File
main                                              /a b (c)/main.o
"""

GOLD = """Archive member included because of file (symbol)

/a b (c)/libx.a(one.o)        /a b (c)/main.o (one(int))

Allocating common symbols
Common symbol       size              file

array               0xa0              /a b (c)/libx.a(one.o)
a_common_symbol_of_a_long_name
                    0x4               /a b (c)/libx.a(two.o)

Discarded input sections

 .text._Z5neverv
                0x00000000       0x18 /a b (c)/main.o

Memory map

 ** file header
                0x00000000       0x34

.note.gnu.build-id
                0x000001d0       0x24
 ** note header
                0x000001d0       0x10
 ** zero fill   0x000001e0       0x14

.text           0x00000cd0       0x70
 .text.startup.main
                0x00000cd0       0x26 /a b (c)/main.o
                0x00000cd1                main
 .text._Z4usedd
                0xffffffffffffffff       0x30 /a b (c)/libx.a(one.o)
                0x00000cf9                used(double)

.ARM.exidx      0x00000d40        0x8
 .ARM.exidx.text.startup.main
                0x00000d40        0x8 /a b (c)/main.o

.tbss           0x00001000        0x4
 .tbss.each     0x00001000        0x4 /a b (c)/main.o
                0x00000000                each

.got            0x00001000       0x40
 ** GOT         0x00001000       0x30
 ** GOT IRELATIVE PLT
                0x00001030       0x10

.bss            0x00001040       0xb0
 .bss           0x00001040        0x1 /usr/lib/crtbeginS.o
 ** common      0x00001048       0xa8

.symtab         0x00000000      0x850
 ** symtab      0x00000000      0x850
"""

LLD = """             VMA              LMA     Size Align Out     In      Symbol
             2a8              2a8       18     4 .note.gnu.build-id
             2a8              2a8       18     4         <internal>:(.note.gnu.build-id)
            1000             1000       a0    16 .text
            1000             1000       20    16         /a b (c)/main.o:(.text.main)
            1000             1000       20     1                 main
            1020             1020       30     2         /a b (c)/libx.a(one.o):(.text._ZN1AC2Ev)
            1020             1020        0     1                 $t
            1021             1021       30     1                 A::A() (.localalias)
            1021             1021       30     1                 A::A()
            1021             1021       30     1                 A::A()
            1021             1021       30     1                 B::B() (.localalias)
            1021             1021       30     1                 B::B()
            1050             1050        0     1         . = ALIGN ( 16 )
            1050             1050        4     1         LONG ( 0x1234 )
            1060             1060       20     4         <internal>:(.text.thunk)
            1080             1080        0     1         end_of_code = .
            1080             1080       20   100         lto.tmp:(.text.late)
            10a0             10a0        0     1 _edata = .
            10a0             10a0      100     1 . += 0x100
            10a0             10a0       30     8 .eh_frame
            10a0             10a0       18     1         /a b (c)/main.o:(.eh_frame+0x0)
            10b8             10b8       18     1         /a b (c)/main.o:(.eh_frame+0x38)
            2000             2000      800     1 .relro_padding
            2000             2000        0     1         <internal>:(.relro_padding)
            3000             3000 1000000a0 4194304 .bss
            3000             3000 1000000a0 4194304         /a b (c)/libx.a(one.o):(.bss.large)
            3000             3000 1000000a0     1                 large
               0                0       42     1 .comment
               0                0       42     1         <internal>:(.comment)
"""

# By hand, as ld64-820.1's OutputFile and SnapShot and the maps in public bug reports have it: no such linker runs here.
LD64 = """# Path: /a b/App.app/App
# Arch: arm64
# Object files:
[  0] linker synthesized
[  1] /a b/main.o
[  2] /a b/libx.a(one.o)
[  3] /a b/libx.a[4](two.o)
[ 10] /SDK/usr/lib/libSystem.tbd
# Sections:
# Address\tSize    \tSegment\tSection
0x100004000\t0x00000060\t__TEXT\t__text
0x100004060\t0x0000000C\t__TEXT\t__stubs
0x10000406C\t0x00000014\t__TEXT\t__cstring
0x100004080\t0x00000048\t__TEXT\t__unwind_info
0x100008000\t0x00000018\t__DATA\t__data
0x100008018\t0x00000100\t__DATA\t__bss
# Symbols:
# Address\tSize    \tFile  Name
0x100004000\t0x00000020\t[  1] _main
0x100004020\t0x00000000\t[  3] _folded_before
0x100004020\t0x00000000\t[  2] _alias
0x100004020\t0x00000024\t[  2] -[Some method:with:]
0x100004020\t0x00000000\t[  2] _folded_after
0x100004048\t0x00000018\t[  3] _two
0x100004060\t0x0000000C\t[ 10] _printf
0x10000406C\t0x0000000E\t[  1] literal string: a text\\nin lines
0x10000407A\t0x00000006\t[  2] literal string: two
lines
0x100004080\t0x00000048\t[  0] compact unwind info
0x100008000\t0x00000000\t[  1] _weights
0x100008000\t0x00000014\t[  1] ltmp1
0x100008018\t0x00000100\t[  2] __ZL5zeros

# Dead Stripped Symbols:
#        \tSize    \tFile  Name
<<dead>> \t0x00000044\t[  2] _never
<<dead>> \t0x00000009\t[  2] literal string: never
0x100004010\t0x00000004\t[  1] looks like a symbol
"""

ALL = {"GNU ld": GNU_LD, "gold": GOLD, "lld": LLD, "ld64": LD64}
