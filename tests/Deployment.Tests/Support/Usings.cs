global using Splitstream.Deployment.Tests.Support;
