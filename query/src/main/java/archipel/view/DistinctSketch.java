package archipel.view;

import java.util.Arrays;

/**
 * How many different keys there are, to about two percent: HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007)
 * with 2048 registers. Few keys are kept as their hashes, and counted to the letter.
 */
final class DistinctSketch {
    private static final int BITS = 11;
    private static final int REGISTERS = 1 << BITS;
    /** So many hashes take half of what the registers do. */
    private static final int FEW = 128;

    private long[] hashes = new long[0];
    private byte[] registers = new byte[0];

    void add(byte[] key) {
        addHash(hash(key));
    }

    private void addHash(long hash) {
        if (registers.length > 0) {
            register(hash);
            return;
        }
        int at = Arrays.binarySearch(hashes, hash);
        if (at >= 0) {
            return;
        }
        long[] more = new long[hashes.length + 1];
        int index = -at - 1;
        System.arraycopy(hashes, 0, more, 0, index);
        more[index] = hash;
        System.arraycopy(hashes, index, more, index + 1, hashes.length - index);
        hashes = more;
        if (hashes.length > FEW) {
            registers = new byte[REGISTERS];
            for (long one : hashes) {
                register(one);
            }
            hashes = new long[0];
        }
    }

    private void register(long hash) {
        int index = (int) (hash >>> (Long.SIZE - BITS));
        int rank = Math.min(Long.numberOfLeadingZeros(hash << BITS), Long.SIZE - BITS) + 1;
        if (registers[index] < rank) {
            registers[index] = (byte) rank;
        }
    }

    DistinctSketch with(DistinctSketch other) {
        for (long hash : other.hashes) {
            addHash(hash);
        }
        if (other.registers.length > 0) {
            if (registers.length == 0) {
                long[] mine = hashes;
                hashes = new long[0];
                registers = other.registers.clone();
                for (long hash : mine) {
                    register(hash);
                }
                return this;
            }
            for (int i = 0; i < REGISTERS; i++) {
                registers[i] = (byte) Math.max(registers[i], other.registers[i]);
            }
        }
        return this;
    }

    long estimate() {
        if (registers.length == 0) {
            return hashes.length;
        }
        double sum = 0;
        int empty = 0;
        for (byte register : registers) {
            sum += Math.scalb(1.0, -register);
            empty += register == 0 ? 1 : 0;
        }
        double alpha = 0.7213 / (1 + 1.079 / REGISTERS);
        double raw = alpha * REGISTERS * REGISTERS / sum;
        boolean small = raw <= 2.5 * REGISTERS && empty > 0;
        return Math.round(small ? REGISTERS * Math.log((double) REGISTERS / empty) : raw);
    }

    /** Eight bytes for each hash, or one for each register. */
    byte[] bytes() {
        if (registers.length > 0) {
            return registers.clone();
        }
        byte[] bytes = new byte[hashes.length * Long.BYTES];
        for (int i = 0; i < hashes.length; i++) {
            for (int j = 0; j < Long.BYTES; j++) {
                bytes[i * Long.BYTES + j] = (byte) (hashes[i] >>> (Long.SIZE - Byte.SIZE * (j + 1)));
            }
        }
        return bytes;
    }

    static DistinctSketch read(byte[] bytes) {
        DistinctSketch sketch = new DistinctSketch();
        if (bytes.length == REGISTERS) {
            sketch.registers = bytes.clone();
            return sketch;
        }
        sketch.hashes = new long[bytes.length / Long.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            sketch.hashes[i / Long.BYTES] = sketch.hashes[i / Long.BYTES] << Byte.SIZE | bytes[i] & 0xFF;
        }
        return sketch;
    }

    // FNV-1a, then the finalizer of SplitMix64, since the first bits choose the register.
    private static long hash(byte[] key) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : key) {
            hash = (hash ^ (b & 0xFF)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
        return hash ^ (hash >>> 31);
    }
}
