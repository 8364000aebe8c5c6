#!/usr/bin/env python3
"""Makes tests/nn/tiny_state_dicts.h: small files as torch.save writes them, in many ways, with the values
PyTorch reads from them or what a refusal has to say.

    python3 tests/tools/tiny_state_dicts.py > tests/nn/tiny_state_dicts.h

What torch.save would not write is put together by zipfile, or by hand."""
import collections
import io
import os
import struct
import zipfile

import torch

rows = []


def save(thing, **options):
    out = io.BytesIO()
    torch.save(thing, out, **options)
    return out.getvalue()


def rezip(data, change=None, method=zipfile.ZIP_STORED, comment=b"", **others):
    """Entries once more, by zipfile; change(name, bytes) gives other bytes, or None to leave one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in old.namelist():
            entry = change(name, old.read(name)) if change else old.read(name)
            if entry is not None:
                new.writestr(zipfile.ZipInfo(name), entry, method)
        for name, entry in others.items():
            new.writestr(zipfile.ZipInfo("archive/" + name), entry)
        new.comment = comment
    return out.getvalue()


def with_pickle(pickle):
    return rezip(small, lambda name, old: pickle if name.endswith("data.pkl") else old)


def edited(before, after):
    with zipfile.ZipFile(io.BytesIO(small)) as z:
        pickle = z.read("archive/data.pkl")
    assert before in pickle
    return with_pickle(pickle.replace(before, after, 1))


def zip64(data):
    """Sizes and offsets of every entry in zip64 fields, as in archives over 4 GB."""
    body, directory, count = b"", b"", 0
    with zipfile.ZipFile(io.BytesIO(data)) as z:
        for name in z.namelist():
            entry, text, count = z.read(name), name.encode(), count + 1
            field = struct.pack("<HHQQQ", 1, 24, len(entry), len(entry), len(body))
            other = struct.pack("<HH3s", 0x4246, 3, b"pad")
            directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", 45, 45, 0, 0, 0, 0, 0, 2**32 - 1, 2**32 - 1,
                                     len(text), len(other + field), 0, 0, 0, 0, 2**32 - 1)
            directory += text + other + field
            body += struct.pack("<4s5H3L2H", b"PK\3\4", 45, 0, 0, 0, 0, 0, 2**32 - 1, 2**32 - 1,
                                len(text), 20) + text
            body += struct.pack("<HHQQ", 1, 16, len(entry), len(entry)) + entry
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body))
    end += struct.pack("<4sLQL", b"PK\6\7", 0, len(body) + len(directory), 1)
    return body + directory + end + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 2**32 - 1,
                                                2**32 - 1, 0)


def array(kind, name, values):
    print("static const %s %s[] = {" % (kind, name))
    line = "   "
    for v in values:
        if len(line) + len(v) > 96:
            print(line)
            line = "   "
        line += " " + v + ","
    print(line + "\n};")


def emit(name, data, tensors=None, says=None):
    array("unsigned char", "state_dict_" + name, ["%d" % b for b in data])
    wanted = sorted((k, t) for k, t in (tensors or {}).items() if t.is_floating_point())
    if wanted:
        values = [v for _, t in wanted for v in t.detach().float().flatten().tolist()]
        array("float", "state_dict_%s_values" % name, [v.hex() + "f" for v in values] or ["0"])
    shapes = ";".join(k + ":" + ",".join(map(str, t.shape)) for k, t in wanted)
    rows.append('    {"%s", state_dict_%s, sizeof state_dict_%s, "%s", %s, %s},' % (
        name, name, name, shapes, "state_dict_%s_values" % name if wanted else "NULL",
        '"%s"' % says if says else "NULL"))


class Calls:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def bits(kind, values):
    return torch.tensor(values, dtype=torch.int16).view(kind)


counted = torch.arange(24.)
model = collections.OrderedDict(
    [("conv.weight", counted[:12].reshape(3, 1, 2, 2) / 7), ("bn.num_batches_tracked", torch.tensor(9)),
     ("bn.bias", torch.tensor([1.5, -0.0])), ("mask", torch.tensor([True, False])),
     ("none", torch.zeros(0, 4)), ("scalar", torch.tensor(0.1))])
model._metadata = collections.OrderedDict([("", {"version": 1}), ("bn", {"version": 2})])
plain = save(model)
small = save({"conv.weight": model["conv.weight"]})


def good():
    emit("plain", plain, model)
    half = {"half": bits(torch.float16, [0x3C00, -0x4000, 0x7BFF, 1, 0x3FF, 0x400, -0x8000, 0x3555,
                                         -0x7FFF, -0x7C01 + 0x400]),
            "brain": bits(torch.bfloat16, [0x3F80, -0x4000, 0x7F7F, 1, 0x7F, 0x80, -0x8000, 0x3EAB,
                                           -0x7FFF])}
    emit("halves", save(half), half)
    double = {"d": torch.tensor([0.1, -1e-320, 1e38, 1e-42], dtype=torch.float64)}
    emit("double", save(double), double)
    whole = counted.reshape(2, 3, 4)
    strided = {"transposed": counted[:6].reshape(2, 3).t(), "every_third": counted[1::3],
               "permuted": whole.permute(2, 0, 1)[1:, :, 1:], "row": whole[1, 1:2],
               "expanded": counted[3:5].reshape(2, 1).expand(2, 3), "last": counted[23],
               "channels_last": torch.arange(16.).reshape(1, 4, 2, 2).contiguous(
                   memory_format=torch.channels_last), "empty": counted[24:]}
    emit("strided", save(strided), strided)
    tied = {"a": counted[:8], "b": counted[:8], "c": counted[4:8].reshape(2, 2)}
    emit("shared", save(tied), tied)
    parameters = {"w": torch.nn.Parameter(counted[:3].clone()),
                  "frozen": torch.nn.Parameter(counted[:2].clone(), requires_grad=False)}
    emit("parameters", save(parameters), parameters)
    layer = torch.nn.Linear(2, 2)
    adam = torch.optim.Adam(layer.parameters(), lr=0.1)
    layer(torch.ones(1, 2)).sum().backward()
    adam.step()
    checkpoint = {"model": layer.state_dict(), "optimizer": adam.state_dict(), "epoch": 12, "best": 0.25,
                  "arch": "linear", "seed": 2**40, "minus": -3, "far": -2**40, "no": None, "yes": True}
    emit("checkpoint", save(checkpoint), layer.state_dict())
    emit("nested", save({"model": {"x": counted}, "state_dict": {"y": counted[:2].clone()}}),
         {"y": counted[:2]})
    for protocol in (3, 4, 5):
        emit("protocol_%d" % protocol, save(model, pickle_protocol=protocol), model)
    emit("by_zipfile", rezip(plain, comment=b"a comment PK\5\6 in the end", byteorder="little"), model)
    emit("zip64", zip64(plain), model)


def refused_calls():
    says = "the pickle calls %s, which a weight file has no business to call"
    emit("system", save({"a": Calls(os.system, "true")}), says=says % "posix.system")
    emit("eval", save({"a": Calls(eval, "1")}), says="eval, which")
    emit("module", save(torch.nn.ReLU()), says=says % "torch.nn.modules.activation.ReLU")
    emit("instance", with_pickle(b"\x80\2(X\2\0\0\0lsios\nsystem\n."), says=says % "os.system")
    emit("stack_global", with_pickle(b"\x80\4\x8c\2os\x8c\6system\x93."), says=says % "os.system")
    emit("escape", with_pickle(b"\x80\2cos\n\x1b[2Jsystem\n."), says="calls os.?[2Jsystem,")
    emit("storage_called", with_pickle(b"\x80\2ctorch\nFloatStorage\n)R."), says="it calls a class of storages")
    emit("opcode", with_pickle(b"\x80\2X\2\0\0\0idP1\n."), says="opcode 0x50 at byte 9")
    emit("new_object", with_pickle(b"\x80\2ccollections\nOrderedDict\n)\x81."), says="opcode 0x81")


def refused():
    emit("legacy", save({"a": counted[:2]}, _use_new_zipfile_serialization=False),
         says="before PyTorch 1.6; load it and save it again")
    emit("compressed", rezip(small, method=zipfile.ZIP_DEFLATED), says="compressed entries")
    emit("big_endian", rezip(small, byteorder="big"), says="another byte order")
    emit("no_pickle", rezip(small, lambda name, old: None if name.endswith(".pkl") else old),
         says="has no data.pkl")
    emit("no_storage", rezip(small, lambda name, old: None if name.endswith("data/0") else old),
         says="the storage of tensor 'conv.weight' is missing")
    emit("short_storage", rezip(small, lambda name, old: old[:-4] if name.endswith("data/0") else old),
         says="storage of tensor 'conv.weight' has 44 bytes, not 12 elements of 4")
    emit("complex", save({"a": torch.ones(1, dtype=torch.complex64)}), says="torch.ComplexFloatStorage")
    emit("expanded", save({"a": torch.ones(1).expand(1000, 1000)}), says="share storages")
    emit("infinite", save({"a.b": torch.tensor([1, -torch.inf], dtype=torch.bfloat16)}),
         says="'a.b' holds a value that is not a finite number")
    emit("not_a_number", save({"a.b": torch.tensor([1, torch.nan], dtype=torch.float16)}),
         says="'a.b' holds a value that is not a finite number")
    emit("tensor", save(counted[:2]), says="holds no state dict")
    emit("deeper", save({"net": {"a": counted[:2]}}), says="'net' is no tensor")
    loop = {}
    loop["state_dict"] = loop
    emit("loop", save(loop), says="'state_dict' is no tensor")
    emit("numbered", save({1: counted[:2]}), says="a tensor has no name")
    emit("control", save({"a\x1b[2J": counted[:2]}), says="control characters")
    emit("seven_sides", save({"a": torch.ones([1] * 7)}), says="7 dimensions")


def refused_edits():
    shape, strides = b"(K\3K\1K\2K\2t", b"(K\4K\4K\2K\1t"
    outside = "tensor 'conv.weight' lies outside its storage of 12 elements"
    emit("large", edited(shape, b"(K\7K\1K\2K\2t"), says=outside)
    emit("huge", edited(shape, b"(K\3K\1J\xff\xff\xff\x7fJ\xff\xff\xff\x7ft"), says="is no size")
    emit("far", edited(strides, b"(\x8a\x08\0\0\0\0\0\0\0\x60K\4K\2K\1t"), says=outside)
    emit("negative", edited(strides, b"(K\4K\4K\2J\xff\xff\xff\xfft"), says="not a number from 0")
    emit("strides_missing", edited(strides, b"(K\4K\2K\1t"), says="unknown arguments")
    emit("offset", edited(b"QK\0" + b"(", b"QK\x0d("), says=outside)
    emit("offset_huge", edited(b"QK\0" + b"(", b"Q\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f("), says=outside)
    emit("elements", edited(b"K\x0ct", b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\xfft"), says="not -1 elements")

    emit("cut_pickle", edited(b"s.", b"s"), says="damaged")
    emit("memo", edited(b"q\1", b"r\xff\xff\xff\x7f"), says="out of order")


def main():
    print("/* clang-format off */")
    print("/* Small files as torch.save writes them and the values PyTorch reads from them; made by")
    print(" * tests/tools/tiny_state_dicts.py with PyTorch %s. */" % torch.__version__)
    print("#ifndef TESTS_NN_TINY_STATE_DICTS_H\n#define TESTS_NN_TINY_STATE_DICTS_H\n\n#include <stddef.h>\n")
    for part in (good, refused_calls, refused, refused_edits):
        part()
    print("""
static const struct state_dict {
    const char *name;
    const unsigned char *bytes;
    size_t size;
    const char *shapes; /* "a:2,3;b:": float tensors by name, their sides */
    const float *values; /* one after the other */
    const char *says; /* of refused files; NULL: it is read */
} state_dicts[] = {""")
    print("\n".join(rows))
    print("};\n\nenum { STATE_DICTS = sizeof state_dicts / sizeof *state_dicts };\n\n#endif")


main()
