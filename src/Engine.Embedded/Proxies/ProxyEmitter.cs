using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>Makes, once per grain interface, the class of its references and one request class per method.</summary>
/// <remarks>
/// For <c>Task&lt;int&gt; Add(string name, int count)</c> the emitted code is, in C#:
/// <code>
/// sealed class Add0 : Request&lt;int&gt; { string a0; int a1; override Task Invoke(object grain) => ((IFoo)grain).Add(a0, a1); }
/// Task&lt;int&gt; Add(string name, int count) => Send(new Add0 { a0 = name, a1 = count }, 0);
/// </code>
/// A ValueTask becomes a Task on one side and is made of it on the other.
/// </remarks>
internal static class ProxyEmitter
{
    private static readonly ConstructorInfo BaseConstructor =
        typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(EmbeddedEngine), typeof(GrainId), typeof(GrainInterface)])!;

    private static readonly MethodInfo Send = typeof(GrainReference).GetMethod("Send", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static Func<EmbeddedEngine, GrainId, GrainInterface, GrainReference> Emit(Type grainInterface, MethodInfo[] methods)
    {
        var module = DefineModule(grainInterface);
        var proxy = module.DefineType($"{grainInterface.Name}Reference", TypeAttributes.Sealed | TypeAttributes.NotPublic, typeof(GrainReference), [grainInterface]);
        var constructor = EmitConstructor(proxy);
        for (var number = 0; number < methods.Length; number++) EmitMethod(module, proxy, methods[number], number);

        var factory = proxy.DefineMethod(
            "Create", MethodAttributes.Public | MethodAttributes.Static, typeof(GrainReference), [typeof(EmbeddedEngine), typeof(GrainId), typeof(GrainInterface)]);
        var il = factory.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
        return proxy.CreateType().GetMethod("Create")!.CreateDelegate<Func<EmbeddedEngine, GrainId, GrainInterface, GrainReference>>();
    }

    private static ModuleBuilder DefineModule(Type grainInterface)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName($"Proxy of {grainInterface.FullName}"), AssemblyBuilderAccess.Run);

        // Grain interfaces and the engine's request classes may be internal.
        var attribute = typeof(IgnoresAccessChecksToAttribute).GetConstructor([typeof(string)])!;
        foreach (var name in new[] { typeof(ProxyEmitter).Assembly.GetName().Name!, grainInterface.Assembly.GetName().Name! })
            assembly.SetCustomAttribute(new CustomAttributeBuilder(attribute, [name]));
        return assembly.DefineDynamicModule("proxy");
    }

    private static ConstructorBuilder EmitConstructor(TypeBuilder proxy)
    {
        var constructor = proxy.DefineConstructor(
            MethodAttributes.Public, CallingConventions.Standard, [typeof(EmbeddedEngine), typeof(GrainId), typeof(GrainInterface)]);
        var il = constructor.GetILGenerator();
        for (var i = 0; i <= 3; i++) il.Emit(OpCodes.Ldarg, i);
        il.Emit(OpCodes.Call, BaseConstructor);
        il.Emit(OpCodes.Ret);
        return constructor;
    }

    private static void EmitMethod(ModuleBuilder module, TypeBuilder proxy, MethodInfo method, int number)
    {
        var parameters = Array.ConvertAll(method.GetParameters(), parameter => parameter.ParameterType);
        var result = ResultOf(method, parameters);
        var (request, constructor, arguments) = EmitRequest(module, method, number, parameters, result);

        var implementation = proxy.DefineMethod(
            $"{method.DeclaringType!.FullName}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            parameters);
        var il = implementation.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Newobj, constructor);
        for (var i = 0; i < parameters.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, i + 1);
            il.Emit(OpCodes.Stfld, arguments[i]);
        }

        il.Emit(OpCodes.Ldc_I4, number);
        il.Emit(OpCodes.Call, Send.MakeGenericMethod(result));
        if (method.ReturnType == typeof(ValueTask)) il.Emit(OpCodes.Newobj, typeof(ValueTask).GetConstructor([typeof(Task)])!);
        else if (method.ReturnType.IsValueType)
            il.Emit(OpCodes.Newobj, method.ReturnType.GetConstructor([typeof(Task<>).MakeGenericType(result)])!);
        il.Emit(OpCodes.Ret);
        proxy.DefineMethodOverride(implementation, method);
        request.CreateType();
    }

    private static (TypeBuilder Type, ConstructorBuilder Constructor, FieldBuilder[] Arguments) EmitRequest(
        ModuleBuilder module, MethodInfo method, int number, Type[] parameters, Type result)
    {
        var parent = typeof(Request<>).MakeGenericType(result);
        var type = module.DefineType($"{method.Name}{number}", TypeAttributes.Sealed | TypeAttributes.NotPublic, parent);
        var constructor = type.DefineDefaultConstructor(MethodAttributes.Public);
        var arguments = new FieldBuilder[parameters.Length];
        for (var i = 0; i < parameters.Length; i++) arguments[i] = type.DefineField($"a{i}", parameters[i], FieldAttributes.Public);

        var invoke = type.DefineMethod(
            nameof(Request<>.Invoke), MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, typeof(Task), [typeof(object)]);
        var il = invoke.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var argument in arguments)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, argument);
        }

        il.Emit(OpCodes.Callvirt, method);
        if (method.ReturnType.IsValueType)
        {
            var valueTask = il.DeclareLocal(method.ReturnType);
            il.Emit(OpCodes.Stloc, valueTask);
            il.Emit(OpCodes.Ldloca, valueTask);
            il.Emit(OpCodes.Call, method.ReturnType.GetMethod(nameof(ValueTask.AsTask))!);
        }

        il.Emit(OpCodes.Ret);
        return (type, constructor, arguments);
    }

    private static Type ResultOf(MethodInfo method, Type[] parameters)
    {
        if (method.IsGenericMethod || parameters.Any(parameter => parameter.IsByRef))
            throw new ArgumentException($"{method.DeclaringType}.{method.Name}: a grain method has no type parameters and no ref or out arguments.");
        if (method.ReturnType == typeof(Task) || method.ReturnType == typeof(ValueTask)) return typeof(Nothing);
        if (method.ReturnType.IsGenericType && method.ReturnType.GetGenericTypeDefinition() is var open
            && (open == typeof(Task<>) || open == typeof(ValueTask<>)))
            return method.ReturnType.GetGenericArguments()[0];
        throw new ArgumentException($"{method.DeclaringType}.{method.Name}: a grain method returns Task, Task<T>, ValueTask or ValueTask<T>.");
    }
}
