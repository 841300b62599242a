import java.util.Map;
import java.util.concurrent.TimeUnit;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;

/** One KRaft broker, its own controller, that says READY with its port when it answers. Arguments: CONFIGURATION PORT. */
final class LocalKafka {
  private LocalKafka() {}

  private static void waitUntilItAnswers(String port) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + port))) {
      while (true) {
        try {
          if (admin.describeCluster().nodes().get(5, TimeUnit.SECONDS).size() == 1) return;
        } catch (Exception notYet) {
          Thread.sleep(100);
        }
      }
    }
  }

  public static void main(String[] args) throws Exception {
    Tether.tie();
    String[] format = {"format", "--standalone", "--cluster-id", Uuid.randomUuid().toString(), "--config", args[0]};
    if (StorageTool.execute(format, System.err) != 0) System.exit(1);
    Thread broker = new Thread(() -> kafka.Kafka.main(new String[] {args[0]}), "broker");
    broker.start();
    waitUntilItAnswers(args[1]);
    System.out.println("READY " + args[1]);
  }
}
