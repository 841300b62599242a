{{- define "shardline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* 50 characters leave room for what Kubernetes and the dashboards add. */}}
{{- define "shardline.fullname" -}}
{{- $name := include "shardline.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "shardline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "shardline.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "shardline.ownLabels" -}}
{{ include "shardline.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{/* `more`: labels of this one; `name` stands in place of the full name, `suffix` behind it. */}}
{{- define "shardline.metadata" -}}
{{- $labels := merge (dict) (include "shardline.ownLabels" .root | fromYaml) (default dict .more) .root.Values.labels -}}
name: {{ default (printf "%s%s" (include "shardline.fullname" .root) (default "" .suffix)) .name | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- end -}}

{{- define "shardline.serviceAccount" -}}
{{- default (ternary (include "shardline.fullname" .) "" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "shardline.image" -}}
{{- with .Values.image -}}
{{- .repository -}}
{{- if .digest -}}@{{ .digest }}{{- else -}}:{{ default $.Chart.AppVersion .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* A duration of the configuration (250ms, 25s, 15m, 1h, 1d) in whole seconds, rounded up. */}}
{{- define "shardline.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" -}}
{{- div (add $number 999) 1000 -}}
{{- else -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit) -}}
{{- end -}}
{{- end -}}

{{/* A size of the configuration (128MiB) or a quantity of Kubernetes (512Mi, 1G) in bytes. */}}
{{- define "shardline.bytes" -}}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[A-Za-z]*$" . | trimSuffix "B")) -}}
{{- end -}}

{{/* What a stop may take by the configuration, and a moment for the kubelet to notice its end. */}}
{{- define "shardline.leastGrace" -}}
{{- add (include "shardline.seconds" .Values.config.shutdown_timeout | int64) 5 -}}
{{- end -}}

{{- define "shardline.grace" -}}
{{- default (include "shardline.leastGrace" . | int64) .Values.terminationGracePeriodSeconds -}}
{{- end -}}

{{- define "shardline.budgetMebibytes" -}}
{{- div (add (include "shardline.bytes" .Values.config.memory.budget | int64) 1048575) 1048576 -}}
{{- end -}}

{{/* 160 MiB beside the budget is what `shardline doctor` asks for; the rest is for transforms and for peaks. */}}
{{- define "shardline.resources" -}}
{{- $limits := .Values.resources.limits | default dict -}}
{{- $memory := printf "%dMi" (add (include "shardline.budgetMebibytes" . | int64) 256) -}}
{{- $limits = merge (dict) $limits (dict "memory" $memory) -}}
{{- $requests := merge (dict) (.Values.resources.requests | default dict) (dict "memory" $limits.memory) -}}
{{- toYaml (dict "limits" $limits "requests" $requests) -}}
{{- end -}}

{{- define "shardline.secrets" -}}/etc/shardline/secrets{{- end -}}

{{/* The configuration as the service reads it: the user's, and the files that the chart mounts. */}}
{{- define "shardline.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $mounted := dict -}}
{{- with .Values.secrets.opensearchPassword -}}
{{- if .name -}}
{{- $_ := set $mounted "password_file" (printf "%s/opensearch-password/%s" (include "shardline.secrets" $) .key) -}}
{{- end -}}
{{- end -}}
{{- with .Values.secrets.opensearchTls -}}
{{- if .name -}}
{{- range $key, $file := dict "ca_file" .ca "cert_file" .cert "key_file" .key -}}
{{- if $file -}}
{{- $_ := set $mounted $key (printf "%s/opensearch-tls/%s" (include "shardline.secrets" $) $file) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $mounted -}}
{{- $_ := set $config "opensearch" (merge (dict) (default dict $config.opensearch) $mounted) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* What the service will find at a path of the configuration such as "opensearch.node": a variable with a value wins. */}}
{{- define "shardline.configured" -}}
{{- $found := "" -}}
{{- $inner := .root.Values.config -}}
{{- range splitList "." .path -}}{{- $inner = get ($inner | default dict) . -}}{{- end -}}
{{- with $inner -}}{{- $found = . -}}{{- end -}}
{{- $variable := include "shardline.variable" .path -}}
{{- range .root.Values.env -}}{{- if and (eq .name $variable) .value -}}{{- $found = .value -}}{{- end -}}{{- end -}}
{{- $found -}}
{{- end -}}

{{- define "shardline.variable" -}}
SHARDLINE_{{ . | replace "." "_" | upper }}
{{- end -}}

{{/* The port of OpenSearch, as written or by the scheme of its URL. */}}
{{- define "shardline.opensearchPort" -}}
{{- $node := include "shardline.configured" (dict "root" . "path" "opensearch.node") -}}
{{- $port := regexFind ":[0-9]+(/|$)" (regexReplaceAll "^https?://" $node "") | trimPrefix ":" | trimSuffix "/" -}}
{{- default (ternary "80" "443" (hasPrefix "http:" $node)) $port -}}
{{- end -}}
