;; The loops of kernels.js on four numbers at a time: WebAssembly with SIMD, in text form, which the build translates
;; with wabt. An array is the address of its first number; all numbers have 4 bytes, so shifting an index by 2 gives
;; bytes. Loads and stores may reach past the end of an array, by fewer than eight numbers; so wasm.js leaves room there.
(module
  (memory (import "" "memory") 1)

  ;; Where entry $i of a table of offsets points, from $base.
  (func $at (param $base i32) (param $table i32) (param $i i32) (result i32)
    (i32.add (local.get $base)
      (i32.shl (i32.load (i32.add (local.get $table) (i32.shl (local.get $i) (i32.const 2)))) (i32.const 2))))

  (func $least (param $one i32) (param $two i32) (result i32)
    (select (local.get $one) (local.get $two) (i32.lt_s (local.get $one) (local.get $two))))

  ;; Store eight numbers, or the first $left of them.
  (func $put (param $to i32) (param $one v128) (param $two v128) (param $left i32)
    (if (i32.ge_s (local.get $left) (i32.const 8)) (then
      (v128.store (local.get $to) (local.get $one))
      (v128.store offset=16 (local.get $to) (local.get $two))
      (return)))
    (if (i32.and (local.get $left) (i32.const 4)) (then
      (v128.store (local.get $to) (local.get $one))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (local.set $one (local.get $two))))
    (if (i32.and (local.get $left) (i32.const 2)) (then
      (v128.store64_lane 0 (local.get $to) (local.get $one))
      (local.set $to (i32.add (local.get $to) (i32.const 8)))
      (local.set $one (i64x2.splat (i64x2.extract_lane 1 (local.get $one))))))
    (if (i32.and (local.get $left) (i32.const 1)) (then
      (v128.store32_lane 0 (local.get $to) (local.get $one)))))

  ;; c = start + A·b, in tiles of four rows and eight columns, whose sums stay in registers. Where the last tile has
  ;; fewer rows, the last one is computed again in their place.
  (func (export "multiply")
    (param $a i32) (param $rows i32) (param $m i32) (param $columns i32) (param $k i32) (param $b i32) (param $n i32)
    (param $start i32) (param $step i32) (param $c i32)
    (local $i i32) (local $i1 i32) (local $i2 i32) (local $i3 i32) (local $j i32) (local $left i32)
    (local $end i32) (local $table i32) (local $width i32) (local $at i32) (local $offset i32)
    (local $r0 i32) (local $r1 i32) (local $r2 i32) (local $r3 i32)
    (local $s00 v128) (local $s01 v128) (local $s10 v128) (local $s11 v128)
    (local $s20 v128) (local $s21 v128) (local $s30 v128) (local $s31 v128)
    (local $b0 v128) (local $b1 v128) (local $value v128)
    (local.set $end (i32.add (local.get $columns) (i32.shl (local.get $k) (i32.const 2))))
    (local.set $width (i32.shl (local.get $n) (i32.const 2)))
    (local.set $step (i32.shl (local.get $step) (i32.const 2)))
    (local.set $m (i32.sub (local.get $m) (i32.const 1))) ;; the last row
    (loop $next_rows
      (local.set $i1 (call $least (i32.add (local.get $i) (i32.const 1)) (local.get $m)))
      (local.set $i2 (call $least (i32.add (local.get $i) (i32.const 2)) (local.get $m)))
      (local.set $i3 (call $least (i32.add (local.get $i) (i32.const 3)) (local.get $m)))
      (local.set $r0 (call $at (local.get $a) (local.get $rows) (local.get $i)))
      (local.set $r1 (call $at (local.get $a) (local.get $rows) (local.get $i1)))
      (local.set $r2 (call $at (local.get $a) (local.get $rows) (local.get $i2)))
      (local.set $r3 (call $at (local.get $a) (local.get $rows) (local.get $i3)))
      (local.set $j (i32.const 0))
      (loop $next_columns
        (local.set $at (i32.add (local.get $start) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $offset (i32.add (local.get $at) (i32.mul (local.get $i) (local.get $step))))
        (local.set $s00 (v128.load (local.get $offset)))
        (local.set $s01 (v128.load offset=16 (local.get $offset)))
        (local.set $offset (i32.add (local.get $at) (i32.mul (local.get $i1) (local.get $step))))
        (local.set $s10 (v128.load (local.get $offset)))
        (local.set $s11 (v128.load offset=16 (local.get $offset)))
        (local.set $offset (i32.add (local.get $at) (i32.mul (local.get $i2) (local.get $step))))
        (local.set $s20 (v128.load (local.get $offset)))
        (local.set $s21 (v128.load offset=16 (local.get $offset)))
        (local.set $offset (i32.add (local.get $at) (i32.mul (local.get $i3) (local.get $step))))
        (local.set $s30 (v128.load (local.get $offset)))
        (local.set $s31 (v128.load offset=16 (local.get $offset)))
        (local.set $at (i32.add (local.get $b) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $table (local.get $columns))
        (loop $next_product
          (local.set $b0 (v128.load (local.get $at)))
          (local.set $b1 (v128.load offset=16 (local.get $at)))
          (local.set $offset (i32.shl (i32.load (local.get $table)) (i32.const 2)))
          (local.set $value (v128.load32_splat (i32.add (local.get $r0) (local.get $offset))))
          (local.set $s00 (f32x4.add (local.get $s00) (f32x4.mul (local.get $value) (local.get $b0))))
          (local.set $s01 (f32x4.add (local.get $s01) (f32x4.mul (local.get $value) (local.get $b1))))
          (local.set $value (v128.load32_splat (i32.add (local.get $r1) (local.get $offset))))
          (local.set $s10 (f32x4.add (local.get $s10) (f32x4.mul (local.get $value) (local.get $b0))))
          (local.set $s11 (f32x4.add (local.get $s11) (f32x4.mul (local.get $value) (local.get $b1))))
          (local.set $value (v128.load32_splat (i32.add (local.get $r2) (local.get $offset))))
          (local.set $s20 (f32x4.add (local.get $s20) (f32x4.mul (local.get $value) (local.get $b0))))
          (local.set $s21 (f32x4.add (local.get $s21) (f32x4.mul (local.get $value) (local.get $b1))))
          (local.set $value (v128.load32_splat (i32.add (local.get $r3) (local.get $offset))))
          (local.set $s30 (f32x4.add (local.get $s30) (f32x4.mul (local.get $value) (local.get $b0))))
          (local.set $s31 (f32x4.add (local.get $s31) (f32x4.mul (local.get $value) (local.get $b1))))
          (local.set $at (i32.add (local.get $at) (local.get $width)))
          (br_if $next_product
            (i32.lt_u (local.tee $table (i32.add (local.get $table) (i32.const 4))) (local.get $end))))
        (local.set $at (i32.add (local.get $c) (i32.shl (local.get $j) (i32.const 2))))
        (local.set $left (i32.sub (local.get $n) (local.get $j)))
        (call $put (i32.add (local.get $at) (i32.mul (local.get $i) (local.get $width)))
          (local.get $s00) (local.get $s01) (local.get $left))
        (call $put (i32.add (local.get $at) (i32.mul (local.get $i1) (local.get $width)))
          (local.get $s10) (local.get $s11) (local.get $left))
        (call $put (i32.add (local.get $at) (i32.mul (local.get $i2) (local.get $width)))
          (local.get $s20) (local.get $s21) (local.get $left))
        (call $put (i32.add (local.get $at) (i32.mul (local.get $i3) (local.get $width)))
          (local.get $s30) (local.get $s31) (local.get $left))
        (br_if $next_columns (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 8))) (local.get $n))))
      (br_if $next_rows (i32.le_s (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $m)))))

  (func (export "relu") (param $x i32) (param $length i32) (param $y i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $x) (i32.shl (local.get $length) (i32.const 2))))
    (loop $next
      (v128.store (local.get $y) (f32x4.pmax (v128.const f32x4 0 0 0 0) (v128.load (local.get $x))))
      (local.set $y (i32.add (local.get $y) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $x (i32.add (local.get $x) (i32.const 16))) (local.get $end)))))

  (func (export "reluGradient") (param $y i32) (param $length i32) (param $dy i32) (param $dx i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $y) (i32.shl (local.get $length) (i32.const 2))))
    (loop $next
      (v128.store (local.get $dx) (f32x4.add (v128.load (local.get $dx))
        (v128.and (v128.load (local.get $dy)) (f32x4.gt (v128.load (local.get $y)) (v128.const f32x4 0 0 0 0)))))
      (local.set $dx (i32.add (local.get $dx) (i32.const 16)))
      (local.set $dy (i32.add (local.get $dy) (i32.const 16)))
      (br_if $next (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 16))) (local.get $end)))))

  ;; What lies in $y behind the last channel of a window is written again with the next one.
  (func (export "maxPool")
    (param $x i32) (param $starts i32) (param $windows i32) (param $cells i32) (param $k i32) (param $channels i32)
    (param $y i32)
    (local $end i32) (local $cell i32) (local $last i32) (local $window i32) (local $c i32) (local $largest v128)
    (local.set $end (i32.add (local.get $starts) (i32.shl (local.get $windows) (i32.const 2))))
    (local.set $last (i32.add (local.get $cells) (i32.shl (local.get $k) (i32.const 2))))
    (local.set $channels (i32.shl (local.get $channels) (i32.const 2)))
    (loop $next_window
      (local.set $window (call $at (local.get $x) (local.get $starts) (i32.const 0)))
      (local.set $c (i32.const 0))
      (loop $next_channels
        (local.set $largest (v128.const f32x4 -inf -inf -inf -inf))
        (local.set $cell (local.get $cells))
        (loop $next_cell
          (local.set $largest (f32x4.pmax (local.get $largest)
            (v128.load (i32.add (local.get $c) (call $at (local.get $window) (local.get $cell) (i32.const 0))))))
          (br_if $next_cell (i32.lt_u (local.tee $cell (i32.add (local.get $cell) (i32.const 4))) (local.get $last))))
        (v128.store (i32.add (local.get $y) (local.get $c)) (local.get $largest))
        (br_if $next_channels (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 16))) (local.get $channels))))
      (local.set $y (i32.add (local.get $y) (local.get $channels)))
      (br_if $next_window (i32.lt_u (local.tee $starts (i32.add (local.get $starts) (i32.const 4))) (local.get $end)))))

  ;; $done marks the channels whose cell is found, and from the beginning those that are none.
  (func (export "maxPoolGradient")
    (param $x i32) (param $y i32) (param $dy i32) (param $starts i32) (param $windows i32) (param $cells i32)
    (param $k i32) (param $channels i32) (param $dx i32)
    (local $end i32) (local $cell i32) (local $last i32) (local $window i32) (local $c i32) (local $at i32)
    (local $done v128) (local $hit v128) (local $largest v128) (local $gradient v128)
    (local.set $end (i32.add (local.get $starts) (i32.shl (local.get $windows) (i32.const 2))))
    (local.set $last (i32.add (local.get $cells) (i32.shl (local.get $k) (i32.const 2))))
    (local.set $channels (i32.shl (local.get $channels) (i32.const 2)))
    (loop $next_window
      (local.set $window (call $at (i32.const 0) (local.get $starts) (i32.const 0)))
      (local.set $c (i32.const 0))
      (loop $next_channels
        (local.set $done (i32x4.ge_s
          (v128.const i32x4 0 4 8 12) (i32x4.splat (i32.sub (local.get $channels) (local.get $c)))))
        (local.set $largest (v128.load (i32.add (local.get $y) (local.get $c))))
        (local.set $gradient (v128.load (i32.add (local.get $dy) (local.get $c))))
        (local.set $cell (local.get $cells))
        (loop $next_cell
          (local.set $at (i32.add (local.get $c) (call $at (local.get $window) (local.get $cell) (i32.const 0))))
          (local.set $hit (v128.andnot
            (f32x4.eq (local.get $largest) (v128.load (i32.add (local.get $x) (local.get $at)))) (local.get $done)))
          (local.set $done (v128.or (local.get $done) (local.get $hit)))
          (local.set $at (i32.add (local.get $dx) (local.get $at)))
          (v128.store (local.get $at)
            (f32x4.add (v128.load (local.get $at)) (v128.and (local.get $hit) (local.get $gradient))))
          (br_if $next_cell (i32.lt_u (local.tee $cell (i32.add (local.get $cell) (i32.const 4))) (local.get $last))))
        (br_if $next_channels (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 16))) (local.get $channels))))
      (local.set $y (i32.add (local.get $y) (local.get $channels)))
      (local.set $dy (i32.add (local.get $dy) (local.get $channels)))
      (br_if $next_window
        (i32.lt_u (local.tee $starts (i32.add (local.get $starts) (i32.const 4))) (local.get $end))))))
