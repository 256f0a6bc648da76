// The driver protocol (PROTOCOL.md, interface C) over the WebAssembly JavaScript API.
//
// Interface:
// - run as a program by Node.js, Deno, Bun or a JavaScript shell: reads requests from standard input, answers on
//   standard output;
// - elsewhere (a page, a Worker): `globalThis.createWasmDriver()` returns an object whose `answer(line)` takes the text
//   of a request and returns the text of its answer.
//
// Values never pass through JavaScript numbers, which would lose the bits of NaNs; vectors and exception references cannot
// pass to JavaScript at all. So a small module, made for the type of each exported function, loads the arguments from a
// memory, calls the function, and stores the results: see "Callers". JavaScript handles only bytes and host references.
//
// The file uses no module system and no top-level await, so that a shell can also run it as a script.

"use strict";

(() => {
  // Bytes: the parts of the binary format that small modules need.

  const I32 = 0x7f, I64 = 0x7e, F32 = 0x7d, F64 = 0x7c, V128 = 0x7b;
  const FUNCREF = 0x70, EXTERNREF = 0x6f, ANYREF = 0x6e;
  const I31REF = 0x6c, STRUCTREF = 0x6b, ARRAYREF = 0x6a, EXNREF = 0x69;
  const REF_NULL = 0x63, REF = 0x64;
  const END = 0x0b;

  function unsigned(value) {
    const bytes = [];
    for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
    bytes.push(value);
    return bytes;
  }

  function signed(value) {
    const bytes = [];
    for (;;) {
      const byte = value & 0x7f;
      value >>= 7;
      if ((value === 0 && !(byte & 0x40)) || (value === -1 && byte & 0x40)) return [...bytes, byte];
      bytes.push(byte | 0x80);
    }
  }

  const name = (ascii) => [ascii.length, ...Array.from(ascii, (letter) => letter.charCodeAt(0))];
  const vector = (items) => [...unsigned(items.length), ...items.flat()];
  const section = (id, items) => [id, ...unsigned(vector(items).length), ...vector(items)];
  const functionType = (params, results) => [0x60, ...vector(params), ...vector(results)];
  const code = (locals, body) => sized([...vector(locals), ...body, END]);
  const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
  const i32Const = (value) => [0x41, ...signed(value)];
  const assemble = (...sections) => new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);

  // Reading a module that the engine has accepted: its types and those of its exports, which the JavaScript API does not
  // provide.

  class Reader {
    constructor(bytes, at = 0, end = bytes.length) {
      Object.assign(this, { bytes, at, end });
    }

    byte() {
      if (this.at >= this.end) throw new Error("the module ends early");
      return this.bytes[this.at++];
    }

    leb() {
      let value = 0, scale = 1;
      for (;;) {
        const byte = this.byte();
        value += (byte & 0x7f) * scale;
        if (!(byte & 0x80)) return value;
        scale *= 128;
      }
    }

    skip(count) {
      this.at += count;
    }

    name() {
      const size = this.leb();
      this.skip(size);
      let escaped = "";
      for (const byte of this.bytes.subarray(this.at - size, this.at)) {
        escaped += "%" + (byte + 256).toString(16).slice(1);
      }
      return decodeURIComponent(escaped);
    }

    list(item) {
      return Array.from({ length: this.leb() }, () => item());
    }

    slice(from) {
      return [...this.bytes.subarray(from, this.at)];
    }

    // A value type: its bytes and, for a reference, its heap type and whether it is nullable.
    valueType() {
      const from = this.at, byte = this.byte();
      if (byte !== REF && byte !== REF_NULL) {
        return { bytes: [byte], reference: byte < V128, heap: [byte], nullable: true };
      }
      const heapAt = this.at;
      this.leb();
      return { bytes: this.slice(from), reference: true, heap: this.slice(heapAt), nullable: byte === REF_NULL };
    }

    storageType() {
      if (this.bytes[this.at] === 0x78 || this.bytes[this.at] === 0x77) this.skip(1);
      else this.valueType();
      this.skip(1);
    }

    subType() {
      if (this.bytes[this.at] === 0x50 || this.bytes[this.at] === 0x4f) {
        this.skip(1);
        this.list(() => this.leb());
      }
      const form = this.byte();
      if (form === 0x5e) return { form: ARRAYREF, field: this.storageType() };
      if (form === 0x5f) return { form: STRUCTREF, fields: this.list(() => this.storageType()) };
      if (form !== 0x60) throw new Error(`unknown form of type 0x${form.toString(16)}`);
      return {
        form: FUNCREF,
        params: this.list(() => this.valueType()),
        results: this.list(() => this.valueType()),
      };
    }

    recType() {
      if (this.bytes[this.at] !== 0x4e) return [this.subType()];
      this.skip(1);
      return this.list(() => this.subType());
    }

    limits() {
      const flags = this.byte();
      this.leb();
      if (flags & 1) this.leb();
    }

    globalType() {
      return { ...this.valueType(), mutable: this.byte() };
    }

    // Instructions of a constant expression have these immediates.
    constant() {
      for (let opcode = this.byte(); opcode !== END; opcode = this.byte()) {
        if ([0x23, 0x41, 0x42, 0xd0, 0xd2].includes(opcode)) this.leb();
        else if (opcode === 0x43) this.skip(4);
        else if (opcode === 0x44) this.skip(8);
        else if (opcode === 0xfb) this.aggregate();
        else if (opcode === 0xfd) this.skip(this.leb() === 12 ? 16 : 0);
      }
    }

    aggregate() {
      const opcode = this.leb();
      if ([0, 1, 6, 7, 8].includes(opcode)) this.leb();
      if (opcode === 8) this.leb();
    }
  }

  const IMPORT = [
    (reader, found) => found.functions.push(reader.leb()),
    (reader) => { reader.valueType(); reader.limits(); },
    (reader) => reader.limits(),
    (reader, found) => found.globals.push(reader.globalType()),
    (reader) => { reader.skip(1); reader.leb(); },
  ];

  const SECTION = {
    1(reader, found) {
      found.groups = reader.leb();
      const from = reader.at;
      for (let i = 0; i < found.groups; i++) found.types.push(...reader.recType());
      found.typeBytes = reader.slice(from);
    },
    2(reader, found) {
      reader.list(() => {
        reader.name();
        reader.name();
        IMPORT[reader.byte()](reader, found);
      });
    },
    3(reader, found) {
      found.functions.push(...reader.list(() => reader.leb()));
    },
    6(reader, found) {
      reader.list(() => {
        found.globals.push(reader.globalType());
        reader.constant();
      });
    },
    7(reader, found) {
      reader.list(() => {
        const field = reader.name(), kind = reader.byte(), index = reader.leb();
        if (kind === 0) found.exports.set(field, { kind, type: found.functions[index] });
        if (kind === 3) found.exports.set(field, { kind, type: found.globals[index] });
      });
    },
  };

  // The types of a module's exported functions and globals.
  function describe(bytes) {
    const found = { groups: 0, typeBytes: [], types: [], functions: [], globals: [], exports: new Map() };
    const reader = new Reader(bytes, 8);
    while (reader.at < bytes.length) {
      const id = reader.byte(), size = reader.leb(), after = reader.at + size;
      SECTION[id]?.(new Reader(bytes, reader.at, after), found);
      reader.at = after;
    }
    return found;
  }

  // Callers: the small modules. Each is made for the type of a function or of a global to be read, and instantiated for
  // each such function or global. Its type section begins with that of the exporting module, so that indices mean the
  // same types in both.
  //
  // `run` takes references among the arguments as parameters, and the other arguments from the memory, in a cell of
  // 16 bytes each. Results go to the next cells: numbers and vectors as they are, references as a class.

  const CELL = 16;
  const NULL = 0, NON_NULL = 1, IS_I31 = 2, IS_STRUCT = 3, IS_ARRAY = 4;
  const LOAD = { [I32]: [0x28], [I64]: [0x29], [F32]: [0x2a], [F64]: [0x2b], [V128]: [0xfd, 0x00] };
  const STORE = { [I32]: [0x36], [I64]: [0x37], [F32]: [0x38], [F64]: [0x39], [V128]: [0xfd, 0x0b] };

  // The type at the top of the hierarchy that an abstract heap type belongs to.
  const TOP = {
    0x70: FUNCREF, 0x73: FUNCREF, 0x6f: EXTERNREF, 0x72: EXTERNREF, 0x69: EXNREF, 0x74: EXNREF,
    0x6e: ANYREF, 0x6d: ANYREF, 0x6c: ANYREF, 0x6b: ANYREF, 0x6a: ANYREF, 0x71: ANYREF,
  };

  function topOf(type, types) {
    if (!type.reference) return undefined;
    if (type.heap.length === 1 && TOP[type.heap[0]]) return TOP[type.heap[0]];
    return types[new Reader(new Uint8Array(type.heap)).leb()].form === FUNCREF ? FUNCREF : ANYREF;
  }

  const localGet = (index) => [0x20, ...unsigned(index)];
  const localSet = (index) => [0x21, ...unsigned(index)];

  class Caller {
    // `item` is the import to call or read: the byte of its kind, then its type. `target` is the instruction.
    constructor(described, item, target, params, results) {
      const withTop = (type) => ({ ...type, top: topOf(type, described.types) });
      this.params = params.map(withTop);
      this.results = results.map(withTop);
      // An exception reference cannot come from JavaScript, and a script can only pass null.
      this.passed = this.params.filter((type) => type.reference && type.top !== EXNREF);
      // JavaScript inspects these references itself.
      this.hosts = this.results.filter((type) => type.top === EXTERNREF || type.top === ANYREF);
      this.firstHost = item[0] === 3 ? 1 : 0;
      this.module = new WebAssembly.Module(this.assemble(described, item, target));
    }

    assemble(described, item, target) {
      const parameters = this.passed.map((type) => [type.top === FUNCREF ? FUNCREF : EXTERNREF]);
      const types = [...unsigned(described.groups + 1), ...described.typeBytes, ...functionType(parameters, [])];
      const hostExports = this.hosts.map((_, i) => [...name(`h${i}`), 3, ...unsigned(this.firstHost + i)]);
      return assemble(
        [1, ...sized(types)],
        section(2, [[...name("d"), ...name("memory"), 2, 0, 1], [...name("d"), ...name("item"), ...item]]),
        section(3, [unsigned(described.types.length)]),
        this.hosts.length ? section(6, this.hosts.map(() => [EXTERNREF, 1, 0xd0, EXTERNREF, END])) : [],
        section(7, [[...name("run"), 0, item[0] === 0 ? 1 : 0], ...hostExports]),
        section(10, [code(this.locals(), this.body(target))]),
      );
    }

    // A local for each result, and one to inspect results of the `any` hierarchy.
    locals() {
      const locals = this.results.map((type) => [1, ...type.bytes]);
      return this.results.some((type) => type.top === ANYREF) ? [...locals, [1, ANYREF]] : locals;
    }

    body(target) {
      const first = this.passed.length, count = this.results.length;
      const instructions = [];
      let passed = 0;
      this.params.forEach((type, i) => {
        instructions.push(...(this.passed.includes(type) ? this.pass(type, passed++) : this.load(type, i)));
      });
      instructions.push(...target);
      for (let i = count - 1; i >= 0; i--) instructions.push(...localSet(first + i));
      this.results.forEach((type, i) => instructions.push(...this.store(type, i, first + i, first + count)));
      return instructions;
    }

    load(type, i) {
      if (type.reference) return [0xd0, ...type.heap, ...(type.nullable ? [] : [0xd4])];
      return [...i32Const(i * CELL), ...LOAD[type.bytes[0]], 0, 0];
    }

    // Converts an argument, which is an externref or a funcref, to the function's parameter type.
    pass(type, parameter) {
      const get = [...localGet(parameter), ...(type.top === ANYREF ? [0xfb, 0x1a] : [])];
      if (type.heap.length === 1 && type.heap[0] === type.top) return type.nullable ? get : [...get, 0xd4];
      return [...get, 0xfb, type.nullable ? 0x17 : 0x16, ...type.heap];
    }

    store(type, i, local, scratch) {
      const address = i32Const((this.params.length + i) * CELL), get = localGet(local);
      if (!type.reference) return [...address, ...get, ...STORE[type.bytes[0]], 0, 0];
      const classify = type.top === ANYREF ? this.classify(get, scratch) : [...get, 0xd1, 0x45];
      return [...this.expose(type, get), ...address, ...classify, ...STORE[I32], 0, 0];
    }

    // Stores a result for JavaScript.
    expose(type, get) {
      const host = this.hosts.indexOf(type);
      if (host < 0) return [];
      return [...get, ...(type.top === ANYREF ? [0xfb, 0x1b] : []), 0x24, ...unsigned(this.firstHost + host)];
    }

    // The class of a reference of the `any` hierarchy. `ref.test` is valid only on the type at the top.
    classify(get, scratch) {
      const isType = (heap) => [...localGet(scratch), 0xfb, 0x14, heap];
      const choose = (condition, result, otherwise) =>
        [...condition, 0x04, I32, ...i32Const(result), 0x05, ...otherwise, END];
      const classes = choose(isType(I31REF), IS_I31,
        choose(isType(STRUCTREF), IS_STRUCT, choose(isType(ARRAYREF), IS_ARRAY, i32Const(NON_NULL))));
      return [...get, ...localSet(scratch), ...choose([...localGet(scratch), 0xd1], NULL, classes)];
    }
  }

  const functionCaller = (described, index) => {
    const type = described.types[index];
    return new Caller(described, [0, ...unsigned(index)], [0x10, 0], type.params, type.results);
  };

  const globalCaller = (described, type) =>
    new Caller(described, [3, ...type.bytes, type.mutable], [0x23, 0], [], [type]);

  // Features: the engine has a feature if it accepts all of its probes, which are modules that use nothing else.

  const types = (...items) => section(1, items);
  const functions = (...indices) => section(3, indices.map((index) => [index]));
  const bodies = (...items) => section(10, items.map((body) => code([], body)));
  const one = (type, ...body) => assemble(types(type), functions(0), bodies(body));
  const empty = functionType([], []);
  const V128_CONST = [0xfd, 12, ...new Array(16).fill(0)];
  const I32_ZERO = [0x41, 0], I64_ZERO = [0x42, 0], THREE_ZEROS = [...I32_ZERO, ...I32_ZERO, ...I32_ZERO];

  const PROBES = {
    sign_extension: [one(functionType([[I32]], [[I32]]), 0x20, 0, 0xc0)],
    saturating_conversion: [one(functionType([[F32]], [[I32]]), 0x20, 0, 0xfc, 0)],
    multi_value: [one(functionType([], [[I32], [I32]]), ...I32_ZERO, ...I32_ZERO)],
    bulk_memory: [
      assemble(types(empty), functions(0), section(5, [[0, 1]]), [12, 1, 1],
        bodies([...THREE_ZEROS, 0xfc, 8, 0, 0, ...THREE_ZEROS, 0xfc, 10, 0, 0]),
        section(11, [[1, 1, 0]])),
    ],
    reference_types: [
      one(functionType([[EXTERNREF]], [[I32]]), 0x20, 0, 0xd1),
      assemble(section(4, [[FUNCREF, 0, 1], [EXTERNREF, 0, 1]])),
    ],
    simd: [one(functionType([], [[V128]]), ...V128_CONST)],
    relaxed_simd: [one(functionType([], [[V128]]), ...V128_CONST, ...V128_CONST, 0xfd, 0x80, 2)],
    tail_call: [one(empty, 0x12, 0)],
    extended_const: [assemble(section(6, [[I32, 0, ...I32_ZERO, ...I32_ZERO, 0x6a, END]]))],
    multi_memory: [assemble(section(5, [[0, 1], [0, 1]]))],
    memory64: [
      assemble(types(functionType([], [[I32]])), functions(0), section(5, [[4, 1]]), bodies([...I64_ZERO, 0x28, 2, 0])),
    ],
    table64: [
      assemble(types(functionType([], [[FUNCREF]])), functions(0), section(4, [[FUNCREF, 4, 1]]),
        bodies([...I64_ZERO, 0x25, 0])),
    ],
    function_references: [
      assemble(types(empty, functionType([[REF, 0]], [])), functions(1), bodies([0x20, 0, 0x14, 0])),
      assemble(types(functionType([[REF_NULL, FUNCREF]], [])), functions(0), bodies([0x20, 0, 0xd6, 0, 0x00])),
      assemble(types(empty), functions(0), section(4, [[0x40, 0, REF, 0, 0, 1, 0xd2, 0, END]]), bodies([])),
    ],
    gc: [
      assemble(types([0x5f, 1, I32, 0], [0x5e, I32, 1], [0x50, 0, 0x5f, 0], [0x4e, 1, 0x4f, 1, 2, 0x5f, 0])),
      one(functionType([], [[I31REF]]), ...I32_ZERO, 0xfb, 28),
      one(functionType([[EXTERNREF]], [[I32]]), 0x20, 0, 0xfb, 26, 0xfb, 20, STRUCTREF),
    ],
    exceptions: [
      assemble(types(empty), functions(0), section(13, [[0, 0]]), bodies([0x1f, 0x40, 1, 2, 0, 0x08, 0, END])),
      one(functionType([[EXNREF]], []), 0x20, 0, 0x0a),
    ],
  };

  function probeFeatures() {
    const accepted = (feature) => PROBES[feature].every((bytes) => WebAssembly.validate(bytes));
    const known = Object.keys(PROBES);
    const features = known.filter(accepted);
    return { features, missing_features: known.filter((feature) => !features.includes(feature)) };
  }

  // The module `spectest` that scripts of the official suite import from. Its functions are WebAssembly functions, not
  // JavaScript ones: those could be imported at any type, which scripts test for.

  function bitsOf(size, set) {
    const view = new DataView(new ArrayBuffer(size));
    set(view);
    return new Uint8Array(view.buffer);
  }

  function makeSpectest(features) {
    const signatures = {
      print: [], print_i32: [I32], print_i64: [I64], print_f32: [F32], print_f64: [F64],
      print_i32_f32: [I32, F32], print_f64_f64: [F64, F64],
    };
    const names = Object.keys(signatures);
    const globals = {
      global_i32: [I32, 0, 0x41, ...signed(666), END],
      global_i64: [I64, 0, 0x42, ...signed(666), END],
      global_f32: [F32, 0, 0x43, ...bitsOf(4, (view) => view.setFloat32(0, 666.6, true)), END],
      global_f64: [F64, 0, 0x44, ...bitsOf(8, (view) => view.setFloat64(0, 666.6, true)), END],
    };
    const plain = assemble(
      section(1, names.map((key) => functionType(signatures[key].map((type) => [type]), []))),
      section(3, names.map((_, i) => [i])),
      section(4, [[FUNCREF, 1, 10, 20]]),
      section(5, [[1, 1, 2]]),
      section(6, Object.values(globals)),
      section(7, [
        ...names.map((key, i) => [...name(key), 0, i]),
        ...Object.keys(globals).map((key, i) => [...name(key), 3, i]),
        [...name("table"), 1, 0],
        [...name("memory"), 2, 0],
      ]),
      section(10, names.map(() => code([], []))),
    );
    const exports = Object.assign(Object.create(null), instantiateBytes(plain));
    if (features.includes("table64")) {
      const wide = assemble(section(4, [[FUNCREF, 5, 10, 20]]), section(7, [[...name("table64"), 1, 0]]));
      Object.assign(exports, instantiateBytes(wide));
    }
    return exports;
  }

  const instantiateBytes = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;

  // Failures, in the protocol's terms.

  class Failure extends Error {
    constructor(kind, message) {
      super(message);
      this.kind = kind;
    }
  }

  const isA = (error, constructor) => typeof constructor === "function" && error instanceof constructor;

  // `rejected` is the kind of failure if the engine refuses to compile a module. The JavaScript API does not distinguish
  // malformed from invalid, so the kind follows from the phase of the request.
  function kindOf(error, rejected) {
    if (isA(error, Failure)) return error.kind;
    if (isA(error, WebAssembly.CompileError)) return rejected;
    if (isA(error, WebAssembly.LinkError)) return "unlinkable";
    if (isA(error, WebAssembly.Exception)) return "exception";
    if (isA(error, WebAssembly.RuntimeError)) return "trap";
    // Engines report stack overflow and lack of memory as RangeError or InternalError.
    if (error?.name === "RangeError" || error?.name === "InternalError") return "exhaustion";
    return "crash";
  }

  const messageOf = (error) => String(error?.message || error?.name || "uncaught exception");

  function compile(bytes) {
    return { module: new WebAssembly.Module(bytes), bytes, callers: new Map() };
  }

  function link(module, imports) {
    try {
      return new WebAssembly.Instance(module, imports);
    } catch (error) {
      // An import whose module name is unknown is a TypeError in the JavaScript API, not a LinkError.
      throw isA(error, TypeError) ? new Failure("unlinkable", messageOf(error)) : error;
    }
  }

  // Base64, since not every shell has a decoder.

  const BASE64_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const BASE64 = new Map(Array.from(BASE64_DIGITS, (letter, i) => [letter.charCodeAt(0), i]));

  function fromBase64(text) {
    const digits = text.replace(/={0,2}$/, ""), bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
    let bits = 0, held = 0, at = 0;
    for (let i = 0; i < digits.length; i++) {
      const digit = BASE64.get(digits.charCodeAt(i));
      if (digit === undefined) throw new Failure("protocol", "bytes are not base64");
      bits = ((bits << 6) | digit) & 0xffff;
      held += 6;
      if (held >= 8) bytes[at++] = bits >> (held -= 8);
    }
    return bytes;
  }

  // Conversion of the protocol's values to and from cells of the memory.

  const WIDTH = { i8: 8, i16: 16, i32: 32, i64: 64, f32: 32, f64: 64 };
  const NUMBER = { [I32]: "i32", [I64]: "i64", [F32]: "f32", [F64]: "f64" };
  const REFERENCE = { [FUNCREF]: "funcref", [EXTERNREF]: "externref", [ANYREF]: "anyref", [EXNREF]: "exnref" };
  const CLASS = { [IS_I31]: "i31ref", [IS_STRUCT]: "structref", [IS_ARRAY]: "arrayref" };
  // The value of a reference of which only the type is known.
  const OPAQUE = "opaque";

  const notA = (what, value) => new Failure("protocol", `not a ${what}: ${JSON.stringify(value)}`);

  function writeBits(view, at, width, text) {
    if (typeof text !== "string" || !/^[0-9]+$/.test(text)) {
      throw notA("unsigned decimal string", text);
    }
    let bits = BigInt(text);
    if (bits >> BigInt(width)) throw new Failure("protocol", `${text} does not fit ${width} bits`);
    for (let i = 0; i < width / 8; i++, bits >>= 8n) view.setUint8(at + i, Number(bits & 0xffn));
  }

  function writeVector(view, at, value) {
    const width = WIDTH[value.lane_type], lanes = value.value;
    if (!width || !Array.isArray(lanes) || lanes.length * width !== 128) {
      throw notA("v128", value);
    }
    lanes.forEach((lane, i) => writeBits(view, at + (i * width) / 8, width, lane));
  }

  const bits32 = (view, at) => String(view.getUint32(at, true));
  const bits64 = (view, at) => String(view.getBigUint64(at, true));

  function readNumber(view, at, type) {
    if (type === V128) {
      return { type: "v128", lane_type: "i32", value: [0, 4, 8, 12].map((offset) => bits32(view, at + offset)) };
    }
    return { type: NUMBER[type], value: type === I32 || type === F32 ? bits32(view, at) : bits64(view, at) };
  }

  // The driver.

  class Driver {
    constructor(host) {
      this.host = host;
      Object.assign(this, probeFeatures());
      // A page has cells for 1,000 parameters and 1,000 results, the limits of the JavaScript API.
      this.memory = new WebAssembly.Memory({ initial: 1 });
      this.view = new DataView(this.memory.buffer);
      this.reset();
    }

    reset() {
      this.registry = Object.create(null);
      this.registry.spectest = makeSpectest(this.features);
      this.instances = new Map();
      this.definitions = new Map();
      this.lastInstance = this.lastDefinition = undefined;
      this.hostValues = new Map();
      this.hostNumbers = new Map();
    }

    // The text of the answer to the text of a request. Never throws.
    answer(line) {
      let id = null, rejected = "invalid";
      try {
        const request = Driver.parse(line);
        id = request.id ?? null;
        if (request.phase === "decode") rejected = "malformed";
        const command = Object.hasOwn(COMMANDS, request.cmd) ? COMMANDS[request.cmd] : undefined;
        if (!command) throw new Failure("protocol", `unknown cmd ${JSON.stringify(request.cmd)}`);
        return JSON.stringify({ id, ok: true, ...command(this, request) });
      } catch (error) {
        return JSON.stringify({ id, error: { kind: kindOf(error, rejected), message: messageOf(error) } });
      }
    }

    static parse(line) {
      let request;
      try {
        request = JSON.parse(line);
      } catch (error) {
        throw new Failure("protocol", `not JSON: ${messageOf(error)}`);
      }
      if (typeof request !== "object" || request === null) throw new Failure("protocol", "not an object");
      return request;
    }

    compile(request) {
      if (typeof request.text === "string") throw new Failure("unsupported", "text format");
      if (typeof request.bytes !== "string") throw new Failure("protocol", "neither bytes nor text");
      return compile(fromBase64(request.bytes));
    }

    define(request) {
      this.lastDefinition = this.compile(request);
      if (request.name) this.definitions.set(request.name, this.lastDefinition);
    }

    instantiate(definition, instanceName) {
      const { exports } = link(definition.module, this.registry);
      this.lastInstance = { exports, definition, calls: new Map() };
      if (instanceName) this.instances.set(instanceName, this.lastInstance);
    }

    check(request) {
      const { module } = this.compile(request);
      if (request.phase === "instantiate") link(module, this.registry);
    }

    instance(given) {
      const found = given === undefined ? this.lastInstance : this.instances.get(given);
      if (!found) throw new Failure("protocol", given === undefined ? "no instance" : `no instance ${given}`);
      return found;
    }

    definition(given) {
      const found = given === undefined ? this.lastDefinition : this.definitions.get(given);
      if (!found) throw new Failure("protocol", given === undefined ? "no definition" : `no definition ${given}`);
      return found;
    }

    // The caller or reader of an export, made on first use. `kind` is the byte of the export's kind.
    call(instance, field, kind) {
      const { definition, calls, exports } = instance;
      definition.described ??= describe(definition.bytes);
      const found = definition.described.exports.get(field);
      if (found?.kind !== kind) {
        throw new Failure("protocol", `no ${kind ? "global" : "function"} is exported as ${field}`);
      }
      if (!calls.has(field)) {
        const caller = this.caller(definition, found);
        const imports = { d: { memory: this.memory, item: exports[field] } };
        calls.set(field, { caller, exports: new WebAssembly.Instance(caller.module, imports).exports });
      }
      return calls.get(field);
    }

    caller(definition, { kind, type }) {
      const make = kind ? globalCaller : functionCaller;
      if (!definition.callers.has(type)) definition.callers.set(type, make(definition.described, type));
      return definition.callers.get(type);
    }

    run({ caller, exports }, args) {
      if (args.length !== caller.params.length) {
        throw new Failure("protocol", `${caller.params.length} arguments are needed, ${args.length} given`);
      }
      const references = [];
      caller.params.forEach((type, i) => this.writeArgument(type, i * CELL, args[i], references));
      exports.run(...references);
      let host = 0;
      return caller.results.map((type, i) => {
        const at = (caller.params.length + i) * CELL;
        if (!type.reference) return readNumber(this.view, at, type.bytes[0]);
        const value = caller.hosts.includes(type) ? exports[`h${host++}`].value : undefined;
        return this.readReference(type.top, this.view.getUint32(at, true), value);
      });
    }

    writeArgument(type, at, value, references) {
      const wanted = NUMBER[type.bytes[0]];
      if (type.reference) this.passReference(type, value, references);
      else if (value?.type !== (wanted ?? "v128")) throw notA(wanted ?? "v128", value);
      else if (wanted) writeBits(this.view, at, WIDTH[wanted], value.value);
      else writeVector(this.view, at, value);
    }

    passReference(type, value, references) {
      if (!/ref$/.test(value?.type)) throw notA("reference", value);
      if (value.value === "null") {
        if (type.top !== EXNREF) references.push(null);
      } else if (type.top !== EXTERNREF && type.top !== ANYREF) {
        throw notA("null reference", value);
      } else {
        references.push(this.hostValue(value.value));
      }
    }

    // The host value of a number in a script. An object, since a number would become an i31 reference.
    hostValue(number) {
      if (typeof number !== "string" || !/^[0-9]+$/.test(number)) {
        throw notA("number of a host value", number);
      }
      if (!this.hostValues.has(number)) {
        const value = Object.freeze({ host: number });
        this.hostValues.set(number, value);
        this.hostNumbers.set(value, number);
      }
      return this.hostValues.get(number);
    }

    readReference(top, found, value) {
      if (found === NULL) return { type: REFERENCE[top], value: "null" };
      if (top === FUNCREF) return { type: "funcref", value: "func" };
      return { type: CLASS[found] ?? REFERENCE[top], value: this.hostNumbers.get(value) ?? OPAQUE };
    }
  }

  const noProcesses = () => { throw new Failure("unsupported", "no process model"); };

  const COMMANDS = {
    hello: (driver) => ({
      ...driver.host,
      features: driver.features,
      missing_features: driver.missing_features,
      profiles: [],
      process: false,
    }),
    module: (driver, request) => driver.instantiate(driver.compile(request), request.name),
    define: (driver, request) => driver.define(request),
    instantiate: (driver, request) => driver.instantiate(driver.definition(request.definition), request.name),
    check: (driver, request) => driver.check(request),
    register: (driver, request) => { driver.registry[request.as] = driver.instance(request.name).exports; },
    invoke: (driver, request) => ({
      values: driver.run(driver.call(driver.instance(request.module), request.field, 0), request.args ?? []),
    }),
    get: (driver, request) => ({
      values: driver.run(driver.call(driver.instance(request.module), request.field, 3), []),
    }),
    rules: () => { throw new Failure("unsupported", "no rule probes"); },
    reset: (driver) => driver.reset(),
    ...Object.fromEntries(
      "process switch end dictionary library unload peek poke mmap munmap discard".split(" ").map((cmd) => [cmd, noProcesses]),
    ),
  };

  // Hosts.

  function describeHost() {
    const { Bun, Deno, process, navigator } = globalThis;
    if (Bun) return { name: "Bun", version: Bun.version };
    if (Deno) return { name: "Deno", version: `${Deno.version.deno} (V8 ${Deno.version.v8})` };
    if (process?.versions?.node) {
      return { name: "Node.js", version: `${process.versions.node} (V8 ${process.versions.v8})` };
    }
    return { name: "JavaScript", version: navigator?.userAgent ?? "unknown" };
  }

  // Splits input into lines; a line may arrive in several pieces.
  function lineSplitter(onLine) {
    let pieces = [];
    return (chunk) => {
      const lines = chunk.split("\n");
      for (const [i, part] of lines.entries()) {
        pieces.push(part);
        if (i === lines.length - 1) break;
        const line = pieces.join("");
        pieces = [];
        if (line.trim()) onLine(line);
      }
    };
  }

  function serveStreams(driver) {
    const { stdin, stdout } = globalThis.process;
    stdin.setEncoding("utf8");
    stdin.on("data", lineSplitter((line) => stdout.write(driver.answer(line) + "\n")));
    // The client has closed the pipe.
    stdout.on("error", () => globalThis.process.exit(0));
  }

  async function serveDeno(driver) {
    const { stdin, stdout } = globalThis.Deno, encoder = new TextEncoder();
    const write = (line) => {
      let rest = encoder.encode(line + "\n");
      while (rest.length > 0) rest = rest.subarray(stdout.writeSync(rest));
    };
    const take = lineSplitter((line) => write(driver.answer(line)));
    for await (const chunk of stdin.readable.pipeThrough(new TextDecoderStream())) take(chunk);
  }

  function serveShell(driver) {
    for (let line = globalThis.readline(); typeof line === "string"; line = globalThis.readline()) {
      if (line.trim()) globalThis.print(driver.answer(line));
    }
  }

  const createDriver = () => new Driver(describeHost());
  if (globalThis.Deno?.stdin) serveDeno(createDriver());
  else if (globalThis.process?.stdin) serveStreams(createDriver());
  else if (typeof globalThis.readline === "function") serveShell(createDriver());
  else globalThis.createWasmDriver = createDriver;
})();
