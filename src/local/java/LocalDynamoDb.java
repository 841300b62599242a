import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local in memory, on the loopback address. It has no option for the address and would bind all of them,
 * nor one for "any free port"; both are set on its web server before it starts.
 * Argument: the port (0 = any free one). Prints "READY port" on stdout once it answers.
 */
public final class LocalDynamoDb {
  private LocalDynamoDb() {}

  public static void main(String[] args) throws Exception {
    Tether.tie();
    DynamoDBProxyServer proxy = ServerRunner.createServerFromCommandLineArgs(
        new String[] {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", "8000"});
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    Server server = (Server) field.get(proxy);
    ServerConnector connector = null;
    for (Connector each : server.getConnectors()) {
      connector = (ServerConnector) each;
      connector.setHost("127.0.0.1");
      connector.setPort(Integer.parseInt(args[0]));
    }
    proxy.start();
    System.out.println("READY " + connector.getLocalPort());
    server.join();
  }
}
