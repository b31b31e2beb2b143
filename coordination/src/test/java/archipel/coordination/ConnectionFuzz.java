package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Any bytes, and requests that were changed at random, beside a client that goes on as if nothing was. */
@Timeout(300)
class ConnectionFuzz {
    private static final int LONGEST = 2_000;
    private static final List<Integer> TYPES = List.of(
            OpCode.create,
            OpCode.create2,
            OpCode.createTTL,
            OpCode.createContainer,
            OpCode.delete,
            OpCode.setData,
            OpCode.setACL,
            OpCode.getACL,
            OpCode.exists,
            OpCode.getData,
            OpCode.getChildren,
            OpCode.getChildren2,
            OpCode.getEphemerals,
            OpCode.getAllChildrenNumber,
            OpCode.sync,
            OpCode.check,
            OpCode.multi,
            OpCode.multiRead,
            OpCode.reconfig,
            OpCode.checkWatches,
            OpCode.removeWatches,
            OpCode.addWatch,
            OpCode.setWatches,
            OpCode.setWatches2,
            OpCode.auth,
            OpCode.sasl,
            OpCode.whoAmI,
            OpCode.ping);

    @TempDir
    private Path directory;

    @Test
    void server_isSentAnything_goesOn() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper good = tree.connect();
            good.create("/good", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            int[] version = new int[1];
            Seeded.check(150, random -> {
                try (RawClient client = new RawClient(tree.port())) {
                    attack(client, random);
                } catch (IOException closed) {
                    // As it may be.
                }
                try {
                    assertEquals(
                            ++version[0],
                            good.setData("/good", new byte[1], version[0] - 1).getVersion());
                } catch (Exception e) {
                    throw new AssertionError("others notice", e);
                }
            });
            assertTrue(good.getData("/good", false, new Stat()).length == 1);
            assertTrue(tree.figures().malformed() > 0);
        }
    }

    private static void attack(RawClient client, SplittableRandom random) throws IOException {
        if (random.nextInt(4) == 0) {
            client.raw(bytes(random, random.nextInt(LONGEST)));
            return;
        }
        client.begin();
        for (int i = random.nextInt(20); i >= 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> client.frame(bytes(random, random.nextInt(100)));
                case 1 -> client.length(random.nextInt());
                case 2 -> client.raw(bytes(random, random.nextInt(100)));
                default -> client.frame(request(random));
            }
        }
        if (random.nextBoolean()) {
            client.isClosed(1);
        }
    }

    // A header that is right, and a body that was.
    private static byte[] request(SplittableRandom random) throws IOException {
        byte[] body = switch (random.nextInt(5)) {
            case 0 -> RawClient.bytes(new CreateRequest("/f", new byte[10], Ids.OPEN_ACL_UNSAFE, 0));
            case 1 -> RawClient.bytes(new GetDataRequest("/good", true));
            case 2 -> RawClient.bytes(new SetDataRequest("/f", new byte[random.nextInt(50)], -1));
            case 3 -> bytes(random, random.nextInt(200));
            default -> new byte[random.nextInt(100)];
        };
        for (int i = random.nextInt(3); i > 0 && body.length > 0; i--) {
            body[random.nextInt(body.length)] = (byte) random.nextInt();
        }
        int type = TYPES.get(random.nextInt(TYPES.size()));
        return ByteBuffer.allocate(8 + body.length)
                .putInt(random.nextInt(10))
                .putInt(type)
                .put(body)
                .array();
    }

    private static byte[] bytes(SplittableRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }
}
